import { groupBy } from '../../group-by.ts';
import { CONCAT_ALL } from '../../results/encoder-names.ts';
import type { EstimateRow } from '../../results/estimates.ts';
import { fixed } from '../../results/format.ts';
import { compareRows } from '../../results/order.ts';
import type { Row } from '../../results/row.ts';
import { isClassScore, scoreColumn } from '../../results/task-scores.ts';
import { againstBest } from '../../statistics/against-best.ts';
import { standings, type Standing } from '../../statistics/ties.ts';
import { unpairedDifference, type ScoreInterval } from '../../statistics/unpaired.ts';
import { placeName } from '../page/cells.ts';
import { distinguishingSettings, ENCODED_BY, MEASURED_BY, VARIED_BY } from '../page/settings.ts';
import type { Comparison } from '../ties.ts';
import type { RankedLine, RankedList } from './ranked-list.ts';

/** Encoders of a results folder, best first, with those that are not significantly different from the best. */

/** An item of a list: an encoder by its best result, or an encoder with an objective. */
interface Contender extends Pick<RankedLine, 'encoder' | 'objective' | 'variant' | 'place' | 'score' | 'low' | 'high'> {
  /** One per seed; empty if only the score is known. */
  readonly rows: readonly Row[];
}

/** How results are compared text by text: by their rows, one per seed; a string if they cannot be. */
export type Compare = (all: readonly (readonly Row[])[]) => Comparison | string;

/** Protocols that compare frozen encoders, in order of preference: texts that are not among their own neighbours, as many as possible. */
const FROZEN_BY = [
  ['leave-one-sentence-out', 'all'],
  ['leave-one-out', 'all'],
  ['fit-train', 'test'],
  ['fit-train', 'dev'],
  ['complete', 'all'],
] as const;

/** Splits that compare fine-tuned encoders, in order of preference. */
const JUDGED_ON = ['test', 'dev'] as const;

/** For each dataset the fine-tuned encoders, with the frozen ones scored on the same texts, and the frozen ones separately. */
export function rankedResults(rows: readonly Row[], compare: Compare): RankedList[] {
  const single = rows.filter(({ encoder }) => encoder !== CONCAT_ALL);
  return [...fineTunedLists(single, compare), ...frozenLists(single, compare)];
}

/** One list per search setting. */
function frozenLists(rows: readonly Row[], compare: Compare): RankedList[] {
  const comparable = grouped(
    rows.filter(({ objective }) => objective === ''),
    corpusOf,
  ).flatMap((own) => {
    const by = FROZEN_BY.find(([protocol, split]) => own.some((row) => row.protocol === protocol && row.split === split));
    return own.filter((row) => row.protocol === by?.[0] && row.split === by[1]);
  });
  return lists(comparable, () => 'results').flatMap(({ own, about, settings, placeOf }) => {
    const contenders = variantsOf(own).flatMap(({ rows: of, variant }) =>
      contenderOf(
        of.map((row) => [row]),
        { placeOf, variant },
      ),
    );
    return rankedList({ ...ofRows(own), about, settings, by: 'results', contenders, compare });
  });
}

/**
 * Fine-tuned encoders, by objective, and frozen ones. Pooling and search settings are selected on dev if possible, so that test only
 * evaluates.
 */
function fineTunedLists(rows: readonly Row[], compare: Compare): RankedList[] {
  return grouped(rows, corpusOf).flatMap((corpus) => {
    const split = JUDGED_ON.find((name) => corpus.some((row) => row.objective !== '' && row.split === name));
    if (split === undefined) return [];
    const judged = corpus.filter((row) => row.split === split && (row.objective !== '' || row.protocol === 'fit-train'));
    const dev = groupBy(
      corpus.filter((row) => row.split === 'dev'),
      variantOf,
    );
    const encoded = distinguishingSettings(judged, ENCODED_BY);
    const placeOf = (row: Row): string => [placeName(row), row.protocol === 'head' ? 'head' : 'k-NN', ...encoded(row)].join(', ');
    const contenders = grouped(judged, ({ encoder, objective }) => [encoder, objective]).flatMap((own) => {
      const variants = [...groupBy(own, variantOf).values()];
      return contenderOf(variants, { placeOf, variant: '', choosing: (runs) => dev.get(variantOf(runs[0]!)) ?? [] });
    });
    const [{ sample }] = judged as [Row];
    const of = ofRows(judged);
    return rankedList({
      ...of,
      protocol: '',
      split,
      about: joined([of.target, sample]),
      settings: '',
      by: 'fine-tuned',
      contenders,
      compare,
    });
  });
}

/** The best of several results, each of one run or of several seeds; selected by the rows for selection, if all have them. */
function contenderOf(
  results: readonly (readonly Row[])[],
  {
    placeOf,
    variant,
    choosing,
  }: {
    readonly placeOf: PlaceOf<Row>;
    readonly variant: string;
    readonly choosing?: (runs: readonly Row[]) => readonly Row[];
  },
): Contender[] {
  const scored = results
    .map((runs) => runs.filter((row) => row[scoreColumn(row, 'micro_f1')] !== ''))
    .filter((runs) => runs.length > 0)
    // Of equally good ones the first in the file, whatever the order in which they were scored.
    .toSorted(([a], [b]) => compareRows(a!, b!));
  if (scored.length === 0) return [];
  const chosenBy = choosing !== undefined && scored.every((runs) => choosing(runs).length > 0) ? choosing : (runs: readonly Row[]) => runs;
  const runs = scored.reduce((a, b) => (meanScore(chosenBy(b)) > meanScore(chosenBy(a)) ? b : a));
  const [row] = runs as [Row];
  const column = scoreColumn(row, 'micro_f1');
  const one = runs.length === 1;
  return [
    {
      encoder: row.encoder,
      objective: row.objective,
      variant,
      place: placeOf(row, variant),
      score: one ? row[column] : fixed(meanScore(runs), isClassScore(column) ? 2 : 4),
      low: one ? row[`${column}_low`] : '',
      high: one ? row[`${column}_high`] : '',
      rows: runs,
    },
  ];
}

function scoresOf(runs: readonly Row[]): number[] {
  return runs.map((row) => Number(row[scoreColumn(row, 'micro_f1')]));
}

function meanScore(runs: readonly Row[]): number {
  return scoresOf(runs).reduce((sum, value) => sum + value, 0) / runs.length;
}

/** Texts and their labels. The number of words that are searched does not matter. */
function corpusOf({ dataset, data_hash: hash, labels, label_field: field, sample }: Row): string[] {
  return [dataset, hash, labels, field, sample.replace(/(?:^|; )at most \d+ words (?:per|a) tag, seed \d+$/, '')];
}

/** All that identifies a result, except for its seed and split. */
function variantOf(row: Row): string {
  const {
    encoder,
    objective,
    protocol,
    pooling,
    layers,
    dim,
    prompt,
    k,
    metric,
    votes,
    index,
    dtype,
    attention,
    max_length: length,
    pair,
    word_pooling: word,
    device,
  } = row;
  return JSON.stringify([
    encoder,
    objective,
    protocol,
    pooling,
    layers,
    dim,
    prompt,
    k,
    metric,
    votes,
    index,
    dtype,
    attention,
    length,
    pair,
    word,
    device,
  ]);
}

function ofRows([row]: readonly Row[]): Pick<RankedList, 'dataset' | 'target' | 'corpus' | 'protocol' | 'split' | 'score' | 'percent'> {
  const score = scoreColumn(row!, 'micro_f1');
  return {
    dataset: row!.dataset,
    target: targetOf(row!),
    corpus: scoredOf(row!),
    protocol: row!.protocol,
    split: row!.split,
    score,
    percent: isClassScore(score),
  };
}

function scoredOf({ data_hash: hash, sample, n }: Pick<Row, 'data_hash' | 'sample' | 'n'>): RankedList['corpus'] {
  return { hash, sample, count: Number(n) };
}

/** Each estimator's list of each dataset, one per setting; layers that were compared on a sample are not included. */
export function rankedEstimates(rows: readonly EstimateRow[]): RankedList[] {
  const whole = rows.filter(({ layers }) => !/^\d+$/.test(layers));
  return lists(whole, ({ estimator }) => estimator).flatMap(({ own, about, settings, placeOf }) => {
    const contenders = variantsOf(own).map(({ rows: of, variant }): Contender => {
      const best = of.reduce((a, b) => (Number(b.score) > Number(a.score) ? b : a));
      const { encoder, score, low, high } = best;
      return { encoder, objective: '', variant, place: placeOf(best, variant), score, low, high, rows: [] };
    });
    const [row] = own as [EstimateRow];
    const { dataset, estimator, task } = row;
    const percent = (task !== 'regression' && contenders.some(({ low }) => low !== '')) || estimator === 'consistency';
    return rankedList({
      dataset,
      target: targetOf(row),
      corpus: scoredOf(row),
      about,
      settings,
      by: estimator,
      protocol: '',
      split: '',
      percent,
      contenders,
      compare: () => 'no predictions',
    });
  });
}

type Listed = Pick<
  Row,
  | 'dataset'
  | 'pooling'
  | 'layers'
  | 'dim'
  | 'prompt'
  | 'k'
  | 'seed'
  | 'dtype'
  | 'attention'
  | 'max_length'
  | 'device'
  | 'data_hash'
  | 'label_field'
  | 'labels'
  | 'sample'
> &
  Partial<Pick<Row, 'metric' | 'votes' | 'index'> & Pick<EstimateRow, 'source_field'>>;

/** The rows of one list. */
interface ListRows<T> {
  readonly own: readonly T[];
  readonly about: string;
  readonly settings: string;
  readonly placeOf: PlaceOf<T>;
}

/** Pooling and layers, and how texts were encoded, except for what the variant of the encoder says. */
type PlaceOf<T> = (row: T, variant: string) => string;

/**
 * Rows whose scores are of the same texts and by the same measure. Names state only what differs: for lists of one kind how they were
 * measured, for poolings of a list how texts were encoded.
 */
function lists<T extends Listed>(rows: readonly T[], byOf: (row: T) => string): ListRows<T>[] {
  return grouped(rows, (row) => [row.dataset, byOf(row)]).flatMap((kind) => {
    const measured = distinguishingSettings(kind, MEASURED_BY);
    return grouped(kind, (row) => [
      row.data_hash,
      row.labels,
      row.label_field,
      row.sample,
      ...MEASURED_BY.map((column) => row[column] ?? ''),
    ]).map((own) => {
      const encoded = distinguishingSettings(own, ENCODED_BY);
      const [row] = own as [T];
      return {
        own,
        about: joined([targetOf(row), row.sample, ...measured(row)]),
        settings: joined(measured(row)),
        placeOf: (each, variant) => [placeName(each), ...encoded(each).filter((word) => !variant.split(', ').includes(word))].join(', '),
      };
    });
  });
}

/** The rows of each encoder; in another precision, or of another length limit, it is another one. */
function variantsOf<T extends Listed & Pick<Row, 'encoder'>>(
  rows: readonly T[],
): { readonly rows: readonly T[]; readonly variant: string }[] {
  return grouped(rows, ({ encoder }) => [encoder]).flatMap((of) => {
    const words = distinguishingSettings(of, VARIED_BY);
    return grouped(of, words).map((own) => ({ rows: own, variant: words(own[0]!).join(', ') }));
  });
}

/** What distinguishes two tasks of one dataset. */
export function targetOf({ label_field: field, labels }: Pick<Row, 'label_field' | 'labels'>): string {
  return joined([field, labels]);
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ');
}

interface ListParams extends Omit<RankedList, 'lines' | 'test'> {
  readonly contenders: readonly Contender[];
  readonly compare: Compare;
}

function rankedList({ contenders, compare, ...about }: ListParams): RankedList[] {
  if (contenders.length === 0) return [];
  const order = contenders.toSorted((a, b) => Number(b.score) - Number(a.score) || (nameOf(a) < nameOf(b) ? -1 : 1));
  const { test, ps } = tested(order, compare);
  const places = test === 'none' ? byScore(order) : standings(ps);
  const lines = order.map(({ encoder, objective, variant, place, score, low, high, rows }, at): RankedLine => ({
    encoder,
    objective,
    variant,
    place,
    // An estimate in a unit of its own has more digits than anyone reads.
    score: /\.\d{5,}$/.test(score) ? fixed(Number(score), 4) : score,
    low,
    high,
    seeds: Math.max(1, rows.length),
    epochs: rows
      .map(({ epoch }) => epoch)
      .filter((epoch) => epoch !== '')
      .join(', '),
    deviation: rows.length < 2 ? '' : fixed(deviationOf(scoresOf(rows)), about.percent ? 2 : 4),
    ...places[at]!,
    p: ps[at],
  }));
  return [{ ...about, test, lines }];
}

/** Without a test, equal scores share a rank, and the first is tied with those of the same score. */
function byScore(order: readonly Contender[]): Standing[] {
  const level = order.filter(({ score }) => score === order[0]!.score).length;
  return order.map(({ score }) => {
    const rank = 1 + order.filter((other) => Number(other.score) > Number(score)).length;
    return { rank, tied: rank === 1 && level > 1 };
  });
}

function nameOf({ encoder, objective, variant }: Contender): string {
  return JSON.stringify([encoder, objective, variant]);
}

/** p-value of each against the first; undefined if no test is possible. */
function tested(
  order: readonly Contender[],
  compare: Compare,
): { readonly test: RankedList['test']; readonly ps: readonly (number | undefined)[] } {
  const unknown = { test: 'none', ps: order.map(() => undefined) } as const;
  if (order.length < 2) return unknown;
  const found = order.every(({ rows }) => rows.length > 0) ? compare(order.map(({ rows }) => rows)) : 'no rows';
  // The order decides which is best, also among equal scores.
  const scores = order.map((_, at) => -at);
  if (typeof found !== 'string') return { test: found.test, ps: againstBest({ scores, test: found.against })!.ps };
  const intervals = order.map(intervalOf);
  if (intervals.includes(undefined)) return unknown;
  const known = intervals as ScoreInterval[];
  const test = (best: number): number[] => known.map((second) => unpairedDifference({ first: known[best]!, second }).p);
  return { test: 'unpaired', ps: againstBest({ scores, test })!.ps };
}

function intervalOf({ score, low, high }: Contender): ScoreInterval | undefined {
  return low === '' || high === '' ? undefined : { value: Number(score) / 100, low: Number(low) / 100, high: Number(high) / 100 };
}

/** Sample standard deviation. */
function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => readonly string[]): T[][] {
  return [...groupBy(items, (item) => JSON.stringify(keyOf(item))).values()];
}

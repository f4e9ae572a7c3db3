import { fixed } from '../results/format.ts';
import type { Failure, Row } from '../results/row.ts';
import { groupBy } from '../group-by.ts';
import { compareHeadings, headingOf, settingsKey, type Heading } from './heading.ts';
import { datasetLines, encoderLines, type Line } from './lines.ts';
import { goodness, isClassScore, scoreColumn } from '../results/task-scores.ts';
import { columnTitle, markBest, placeOf as lineOf, type Cell, type Pivoted, type TableRow } from './pivot.ts';
import type { Published } from './published.ts';
import type { Reasons } from './reasons.ts';
import type { Titles } from './titles.ts';
import { compareObjectives, compareProtocols, compareSplits, objectiveTitle, type Score } from './words.ts';

/**
 * Tables of fine-tuned encoders: rows are encoders x objectives, the frozen encoder first; columns the datasets, scored on test. Several
 * seeds of a result are shown as mean and sample standard deviation; a single one with its interval over the texts.
 */

export interface FineTunedParams {
  /** All result rows, frozen ones too, sorted. */
  readonly rows: readonly Row[];
  /** Failures of fine-tuning. */
  readonly failures: readonly Failure[];
  readonly titles: Titles;
  readonly published: Published;
  readonly score: Score;
  readonly mixed: boolean;
  readonly reasons: Reasons;
}

export interface FineTunedTable extends Pivoted {
  /** Protocol and split are empty: heads and k-NN share a table, and columns have their splits. */
  readonly heading: Heading;
  readonly splits: readonly string[];
  readonly protocols: readonly string[];
}

/** The result rows of one table. */
interface Section {
  readonly heading: Heading;
  readonly trained: readonly Row[];
  readonly frozen: readonly Row[];
}

/** Scores on a model's own training texts are uninformative: if there is a test split, they are not shown. */
const SPLITS = ['test', 'dev', 'train'];

/**
 * One per pooling (and k, metric, votes). Datasets with other label fields (bias, publisher) have a table of their own, with dev next to
 * test: their test texts come from other sources than train and dev, and the gap between the two scores is the finding.
 */
export function fineTunedTables(params: FineTunedParams): FineTunedTable[] {
  const groups = groupBy(
    params.rows.filter((row) => row.objective !== ''),
    (row) => JSON.stringify([placeOf(row), isByClass(row)]),
  );
  return [...groups.values()]
    .flatMap((group) => sectionsOf(group, params.rows))
    .toSorted((a, b) => compareHeadings(a.heading, b.heading) || Number(isByClass(b.trained[0]!)) - Number(isByClass(a.trained[0]!)))
    .map((part) => tableOf(part, params));
}

/** Heads are in the table of every k-NN setting; if there are only heads, frozen rows define the settings. */
function sectionsOf(trained: readonly Row[], rows: readonly Row[]): Section[] {
  const [heads, searched] = [trained.filter((row) => row.protocol === 'head'), trained.filter((row) => row.protocol !== 'head')];
  const encoders = new Set(trained.map((row) => row.encoder));
  const corpora = new Set(trained.map(corpusOf));
  const frozen = rows.filter(
    (row) =>
      row.objective === '' &&
      row.dim === '' &&
      row.protocol === 'fit-train' &&
      encoders.has(row.encoder) &&
      corpora.has(corpusOf(row)) &&
      placeOf(row) === placeOf(trained[0]!),
  );
  const makers = [searched, frozen, heads].find((some) => some.length > 0)!;
  return [...groupBy(makers, (row) => settingsKey(settingsOf(row)))].map(([key, group]) => ({
    heading: settingsOf(group[0]!),
    trained: [...searched.filter((row) => settingsKey(settingsOf(row)) === key), ...heads],
    frozen: frozen.filter((row) => settingsKey(settingsOf(row)) === key),
  }));
}

function tableOf(
  { heading, trained, frozen }: Section,
  { failures, titles, published, score, mixed, reasons, rows: all }: FineTunedParams,
): FineTunedTable {
  const scored = new Set(all.filter((row) => row.objective !== '').map((row) => row.dataset));
  const here = new Set(trained.map((row) => row.dataset));
  const failed = failures.filter(
    ({ pooling, dataset }) => (pooling === undefined || pooling === heading.pooling) && (here.has(dataset) || !scored.has(dataset)),
  );

  const originals = new Map([...frozen, ...trained].map((row) => [beside(row), row]));
  const rows = [...originals.keys()];
  const corpora = datasetLines({ rows, failures: failed.filter(({ dataset }) => !scored.has(dataset)), titles });
  const encoders = encoderLines({ rows, failures: failed, titles });
  const byCorpus = groupBy(rows, corpora.keyOf);
  const columns = corpora.all.flatMap((corpus) => splitsOf(byCorpus.get(corpus.key) ?? []).map((split) => ({ corpus, split })));
  const pairs = columns.some(({ corpus }, at) => corpus === columns[at - 1]?.corpus);

  const byEncoder = groupBy(rows, encoders.keyOf);
  const body = encoders.all.flatMap((encoder) => {
    const own = byEncoder.get(encoder.key) ?? [];
    const cells = groupBy(own, (row) => resultKey(corpora.keyOf(row), row.split, row));
    const trials = trialsOf(
      own,
      failed.filter((failure) => failure.encoder === encoder.name),
    );
    return trials.map((trial): TableRow => ({
      pooling: heading.pooling,
      label: encoder.label,
      objective: trialTitle(trial, trials),
      cells: columns.map(({ corpus, split }) => {
        const found = (cells.get(resultKey(corpus.key, split, trial)) ?? []).filter((row) => row[scoreColumn(row, score)] !== '');
        return found.length > 0
          ? scoreCell(
              found.map((row) => originals.get(row)!),
              scoreColumn(found[0]!, score),
              published,
            )
          : emptyCell({ encoder, corpus, trial, pooling: heading.pooling, reasons });
      }),
    }));
  });
  return {
    heading,
    splits: [...new Set(columns.map(({ split }) => split))].toSorted(compareSplits),
    protocols: [...new Set(rows.map((row) => row.protocol))],
    columns: columns.map(({ corpus, split }) => {
      const label = columnTitle(corpus.label, byCorpus.get(corpus.key) ?? [], { score, mixed });
      return pairs || split !== 'test' ? `${label}, ${split}` : label;
    }),
    rows: markBest(body),
  };
}

/** A row of the table. */
interface Trial {
  /** '' if frozen. */
  readonly objective: string;
  /** '' if nothing could be scored. */
  readonly protocol: string;
}

function trialsOf(rows: readonly Row[], failures: readonly Failure[]): Trial[] {
  const scored = [...groupBy(rows, ({ objective, protocol }) => JSON.stringify([objective, protocol])).values()].map(
    ([row]): Trial => row!,
  );
  const missing = new Set(
    failures.map(({ objective }) => objective!).filter((objective) => scored.every((trial) => trial.objective !== objective)),
  );
  return [...scored, ...[...missing].map((objective): Trial => ({ objective, protocol: '' }))].toSorted(
    (a, b) => compareObjectives(a.objective, b.objective) || compareProtocols(a.protocol, b.protocol),
  );
}

/** `CEA memory`; `fine-tuning (head)` if the encoder is scored by k-NN, too. */
function trialTitle({ objective, protocol }: Trial, all: readonly Trial[]): string {
  const several = all.filter((trial) => trial.objective === objective).length > 1;
  return `${objectiveTitle(objective)}${several ? ` (${protocol})` : ''}`;
}

function scoreCell(rows: readonly Row[], score: Score, published: Published): Cell {
  const values = rows.map((row) => Number(row[score]));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const digits = isClassScore(score) ? 2 : 4;
  return {
    kind: 'score',
    text: values.length === 1 ? rows[0]![score] : fixed(mean, digits),
    value: goodness(score, values.length === 1 ? Number(rows[0]![score]) : Number(fixed(mean, digits))),
    spread: values.length === 1 ? intervalOf(rows[0]!, score) : `± ${fixed(deviation(values, mean), digits)} (${values.length} seeds)`,
    best: false,
    tied: false,
    published: score === 'micro_f1' ? published(rows[0]!) : undefined,
    rows,
  };
}

/** Sample standard deviation. */
function deviation(values: readonly number[], mean: number): number {
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Over the texts, the only uncertainty known with one seed. */
function intervalOf(row: Row, score: Score): string | undefined {
  const [low, high] = [row[`${score}_low`], row[`${score}_high`]];
  return low === '' || high === '' ? undefined : `[${low}, ${high}]`;
}

interface EmptyCellParams {
  readonly encoder: Line;
  readonly corpus: Line;
  readonly trial: Trial;
  readonly pooling: string;
  readonly reasons: Reasons;
}

function emptyCell({ encoder, corpus, trial: { objective }, pooling, reasons }: EmptyCellParams): Cell {
  const reason = reasons.numberOf({ ...lineOf(encoder), dataset: corpus.name, pooling, ...(objective === '' ? {} : { objective }) });
  return reason === undefined ? { kind: 'empty' } : { kind: 'failed', reason };
}

function splitsOf(rows: readonly Row[]): readonly string[] {
  const splits = [...new Set(rows.map((row) => row.split))];
  const pair = rows.every(isByClass) ? [] : ['dev', 'test'].filter((split) => splits.includes(split));
  return pair.length > 0 ? pair : [SPLITS.find((split) => splits.includes(split)) ?? splits[0] ?? 'test'];
}

function isByClass({ label_field: field }: Row): boolean {
  return field === '' || field === 'class';
}

/** A row reduced to what frozen and fine-tuned rows of an encoder share: k-NN may use other features of a pair, and fewer words. */
function beside(row: Row): Row {
  return { ...row, pair: row.pair.split(' ')[0]!, sample: row.sample.replace(/(?:^|; )at most \d+ words (?:per|a) tag, seed \d+$/, '') };
}

function corpusOf(row: Row): string {
  const { dataset, label_field: field, labels, sample, pair } = beside(row);
  return JSON.stringify([dataset, field, labels, sample, pair]);
}

function placeOf(row: Row): string {
  const { pooling, layers } = headingOf(row);
  return JSON.stringify([pooling, layers]);
}

function settingsOf(row: Row): Heading {
  return { ...headingOf(row), protocol: '', split: '' };
}

function resultKey(corpus: string, split: string, { objective, protocol }: Trial): string {
  return JSON.stringify([corpus, split, objective, protocol]);
}

import { groupBy } from '../../group-by.ts';
import type { EstimateRow } from '../../results/estimates.ts';
import type { Row } from '../../results/row.ts';
import { holm } from '../../statistics/holm.ts';
import { sameTexts, type Outcomes } from '../../statistics/outcomes.ts';
import { againstFirst } from '../../statistics/ties.ts';
import { unpairedDifference, type ScoreInterval } from '../../statistics/unpaired.ts';
import type { RankedLine, RankedList } from '../page/data.ts';

/** Encoders of a results folder, best first, with those that no test tells from the best. */

const ALPHA = 0.05;
/** An encoder that is several is chosen by nobody. */
const JOINED = 'concat-all';

/** The best place of an encoder. */
interface Best {
  readonly encoder: string;
  readonly place: string;
  readonly score: string;
  readonly low: string;
  readonly high: string;
  readonly outcomes?: Outcomes | undefined;
}

/** Frozen encoders scored leave-one-out on the same texts; ties text by text where examples are at hand. */
export function rankedResults(rows: readonly Row[], outcomesOf: (row: Row) => Outcomes | undefined): RankedList[] {
  const comparable = rows.filter(({ objective, protocol, encoder }) => objective === '' && protocol === 'leave-one-out' && encoder !== JOINED);
  return grouped(comparable, ({ dataset, data_hash: hash, labels, label_field: field, sample }) => [dataset, hash, labels, field, sample]).flatMap((own) => {
    const best = grouped(own, ({ encoder }) => [encoder]).map((of): Best => {
      const row = of.reduce((a, b) => (Number(b.micro_f1) > Number(a.micro_f1) ? b : a));
      return { encoder: row.encoder, place: placeOf(row), score: row.micro_f1, low: row.micro_f1_low, high: row.micro_f1_high, outcomes: outcomesOf(row) };
    });
    return rankedList({ ...aboutOf(own[0]!), by: 'results', percent: true, best });
  });
}

/** Each estimator's list of each data set; layers that were compared on a sample are none of the places. */
export function rankedEstimates(rows: readonly EstimateRow[]): RankedList[] {
  const whole = rows.filter(({ layers }) => !/^\d+$/.test(layers));
  return grouped(whole, ({ dataset, estimator, data_hash: hash, labels, label_field: field, sample }) => [dataset, estimator, hash, labels, field, sample]).flatMap((own) => {
    const best = grouped(own, ({ encoder }) => [encoder]).map((of): Best => {
      const row = of.reduce((a, b) => (Number(b.score) > Number(a.score) ? b : a));
      return { encoder: row.encoder, place: placeOf(row), score: row.score, low: row.low, high: row.high };
    });
    return rankedList({ ...aboutOf(own[0]!), by: own[0]!.estimator, percent: best.some(({ low }) => low !== '') || own[0]!.estimator === 'consistency', best });
  });
}

function aboutOf({ dataset, label_field: field, labels, sample }: Pick<Row, 'dataset' | 'label_field' | 'labels' | 'sample'>): Pick<RankedList, 'dataset' | 'about'> {
  return { dataset, about: [field, labels, sample].filter((part) => part !== '').join(', ') };
}

/** Two encoders at least are a contest. */
function rankedList({ best, ...about }: Omit<RankedList, 'lines' | 'test'> & { readonly best: readonly Best[] }): RankedList[] {
  if (best.length < 2) return [];
  const order = best.toSorted((a, b) => Number(b.score) - Number(a.score) || (a.encoder < b.encoder ? -1 : 1));
  const { test, ps } = tested(order);
  const ties = ps?.filter((p) => p >= ALPHA).length ?? 1;
  const lines = order.map(({ encoder, place, score, low, high }, at): RankedLine => {
    const p = ps?.[at];
    const tied = p !== undefined && p >= ALPHA && ties > 1;
    return { encoder, place, score, low, high, rank: tied ? 1 : at + 1, tied, p };
  });
  return [{ ...about, test, lines }];
}

/** p-values of each being as good as the first. */
function tested(order: readonly Best[]): { readonly test: RankedList['test']; readonly ps?: readonly number[] } {
  const outcomes = order.flatMap((best) => best.outcomes ?? []);
  // McNemar's test is of shares of right texts, which micro-F1 is not where texts have several labels.
  const paired = outcomes.length === order.length && outcomes.every((each) => each.kind === 'single' && sameTexts(outcomes[0]!, each));
  if (paired) return { test: 'mcnemar', ps: againstFirst(outcomes) };
  const intervals = order.map(intervalOf);
  if (intervals.includes(undefined)) return { test: 'none' };
  const [first, ...others] = intervals as ScoreInterval[];
  return { test: 'unpaired', ps: [1, ...holm(others.map((second) => unpairedDifference({ first: first!, second }).p))] };
}

function intervalOf({ score, low, high }: Best): ScoreInterval | undefined {
  return low === '' || high === '' ? undefined : { value: Number(score) / 100, low: Number(low) / 100, high: Number(high) / 100 };
}

function placeOf({ pooling, layers }: { readonly pooling: string; readonly layers: string }): string {
  return ['', 'last', 'last4'].includes(layers) ? pooling : `${pooling} ${layers}`;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => readonly string[]): T[][] {
  return [...groupBy(items, (item) => JSON.stringify(keyOf(item))).values()];
}

import { groupBy } from '../../group-by.ts';
import type { EstimateRow } from '../../results/estimates.ts';
import type { Row } from '../../results/row.ts';
import { isClassScore, scoreColumn } from '../../results/task-scores.ts';
import { againstBest } from '../../statistics/against-best.ts';
import { sameTexts, type Outcomes } from '../../statistics/outcomes.ts';
import { againstFirst, standings, testOf } from '../../statistics/ties.ts';
import { mainTagScore, tagCounts } from '../../tags/tag-outcomes.ts';
import { unpairedDifference, type ScoreInterval } from '../../statistics/unpaired.ts';
import { placeName } from '../page/cells.ts';
import type { RankedLine, RankedList } from '../page/data.ts';
import { ENCODED_BY, MEASURED_BY, tellingSettings } from '../page/settings.ts';
import { CONCAT_ALL } from '../../results/encoder-names.ts';

/** Encoders of a results folder, best first, with those that are not significantly different from the best. */

/** The best place of an encoder. */
interface Best {
  readonly encoder: string;
  readonly place: string;
  readonly score: string;
  readonly low: string;
  readonly high: string;
  readonly outcomes?: Outcomes | undefined;
}

/** Frozen encoders scored leave-one-out on the same texts, a list for each way to search; ties text by text where examples are at hand. */
export function rankedResults(rows: readonly Row[], outcomesOf: (row: Row) => Outcomes | undefined): RankedList[] {
  const comparable = rows.filter(({ objective, protocol, encoder, task }) => objective === '' && isLeftOut(protocol, task) && encoder !== CONCAT_ALL);
  return lists(comparable, () => 'results').flatMap(({ own, about, placeOf }) => {
    const best = grouped(own, ({ encoder }) => [encoder]).map((of): Best => {
      const score = scoreColumn(of[0]!, 'micro_f1');
      const row = of.reduce((a, b) => (Number(b[score]) > Number(a[score]) ? b : a));
      return { encoder: row.encoder, place: placeOf(row), score: row[score], low: row[`${score}_low`], high: row[`${score}_high`], outcomes: outcomesOf(row) };
    });
    return rankedList({ dataset: own[0]!.dataset, about, by: 'results', percent: isClassScore(scoreColumn(own[0]!, 'micro_f1')), best });
  });
}

/** The protocol by which encoders of a task are compared. */
function isLeftOut(protocol: string, task: string): boolean {
  return protocol === (task === 'token-classification' ? 'leave-one-sentence-out' : 'leave-one-out');
}

/** Each estimator's list of each dataset, one for each of its settings; layers that were compared on a sample are none of the places. */
export function rankedEstimates(rows: readonly EstimateRow[]): RankedList[] {
  const whole = rows.filter(({ layers }) => !/^\d+$/.test(layers));
  return lists(whole, ({ estimator }) => estimator).flatMap(({ own, about, placeOf }) => {
    const best = grouped(own, ({ encoder }) => [encoder]).map((of): Best => {
      const row = of.reduce((a, b) => (Number(b.score) > Number(a.score) ? b : a));
      return { encoder: row.encoder, place: placeOf(row), score: row.score, low: row.low, high: row.high };
    });
    const [{ dataset, estimator, task }] = own as [EstimateRow];
    return rankedList({ dataset, about, by: estimator, percent: (task !== 'regression' && best.some(({ low }) => low !== '')) || estimator === 'consistency', best });
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
  | 'data_hash'
  | 'label_field'
  | 'labels'
  | 'sample'
>
  & Partial<Pick<Row, 'metric' | 'votes' | 'index'> & Pick<EstimateRow, 'source_field'>>;

/** The rows of one list. */
interface ListRows<T> {
  readonly own: readonly T[];
  readonly about: string;
  readonly placeOf: (row: T) => string;
}

/**
 * Rows whose scores are of the same texts and measured alike. Words tell no more than what differs: lists of one kind by how they were
 * measured, places of a list by how texts were encoded.
 */
function lists<T extends Listed>(rows: readonly T[], byOf: (row: T) => string): ListRows<T>[] {
  return grouped(rows, (row) => [row.dataset, byOf(row)]).flatMap((kind) => {
    const measured = tellingSettings(kind, MEASURED_BY);
    return grouped(kind, (row) => [row.data_hash, row.labels, row.label_field, row.sample, ...MEASURED_BY.map((column) => row[column] ?? '')]).map((own) => {
      const encoded = tellingSettings(own, ENCODED_BY);
      const [{ label_field: field, labels, sample }] = own as [T];
      return {
        own,
        about: [field, labels, sample, ...measured(own[0]!)].filter((part) => part !== '').join(', '),
        placeOf: (row: T) => [placeName(row), ...encoded(row)].join(', '),
      };
    });
  });
}

/** Two encoders at least are a contest. */
function rankedList({ best, ...about }: Omit<RankedList, 'lines' | 'test'> & { readonly best: readonly Best[] }): RankedList[] {
  if (best.length < 2) return [];
  const order = best.toSorted((a, b) => Number(b.score) - Number(a.score) || (a.encoder < b.encoder ? -1 : 1));
  const { test, ps } = tested(order);
  const places = standings(ps);
  const lines = order.map(({ encoder, place, score, low, high }, at): RankedLine => ({ encoder, place, score, low, high, ...places[at]!, p: ps[at] }));
  return [{ ...about, test, lines }];
}

/** p-value of each against the first; undefined where nothing can be tested. */
function tested(order: readonly Best[]): { readonly test: RankedList['test']; readonly ps: readonly (number | undefined)[] } {
  const outcomes = order.flatMap((best) => best.outcomes ?? []);
  // McNemar's test is of shares of right texts, which micro-F1 is not where texts have several labels.
  const paired = outcomes.length === order.length && outcomes.every((each) => each.kind !== 'multi' && sameTexts(outcomes[0]!, each));
  const listed = outcomes.map((each) => (each.kind === 'tags' ? tagCounts(each, mainTagScore(each)) : each));
  if (paired) return { test: testOf(listed), ps: againstFirst(listed) };
  const intervals = order.map(intervalOf);
  if (intervals.includes(undefined)) return { test: 'none', ps: order.map(() => undefined) };
  const known = intervals as ScoreInterval[];
  // The order says which is the best: of equal ones the first.
  const found = againstBest({
    scores: order.map((_, at) => -at),
    test: (best) => known.map((second) => unpairedDifference({ first: known[best]!, second }).p),
  });
  return { test: 'unpaired', ps: found?.ps ?? [] };
}

function intervalOf({ score, low, high }: Best): ScoreInterval | undefined {
  return low === '' || high === '' ? undefined : { value: Number(score) / 100, low: Number(low) / 100, high: Number(high) / 100 };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => readonly string[]): T[][] {
  return [...groupBy(items, (item) => JSON.stringify(keyOf(item))).values()];
}

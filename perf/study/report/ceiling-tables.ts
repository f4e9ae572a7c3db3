import { csvText } from '../../../src/results/csv.ts';
import { CHANCE, SIZE } from '../../../src/results/forecasts.ts';
import { ceiling, predictorMeasures, type Against, type Groups } from './against.ts';
import { chosenElsewhere, combined } from './fitted.ts';
import { number, percent, table } from './markdown.ts';
import type { Predictor } from './predictors.ts';
import type { Cell } from './trained.ts';

/** Number of estimates that a table shows, from all texts, from few, and combined with size; all are in the CSV. */
const SHOWN = { whole: 8, part: 3, joined: 3 };

/** The encoders to compare, and the cells. */
export interface Compared {
  readonly title: string;
  readonly cells: readonly Cell[];
  readonly groups: Groups;
  readonly predictors: readonly Predictor[];
  /** Encoders of a dataset, for ranks. */
  readonly encodersOf: (dataset: string) => readonly string[];
}

export interface CeilingRow {
  readonly group: string;
  readonly name: string;
  readonly texts: string;
  readonly against: Against;
}

export const CEILING = 'the other seeds (the ceiling)';
export const ELSEWHERE = 'the estimate that is best on the other datasets';
export const FITTED = 'an estimate and size, fitted on the other datasets';

/** All predictors, by decreasing fraction of pairs in the right order; the ceiling comes first. */
export function ceilingRows({ title, cells, groups, predictors, encodersOf }: Compared): CeilingRow[] {
  const size = predictors.find(({ name }) => name === SIZE);
  const estimates = predictors.filter(({ name }) => name !== SIZE && name !== CHANCE);
  const joined = size === undefined ? [] : combined(estimates, size, encodersOf);
  const halves = joined.filter(({ name }) => name.endsWith('50 : 50'));
  const fitted = [
    chosenElsewhere(ELSEWHERE, estimates, cells, groups),
    chosenElsewhere(FITTED, [...estimates, ...joined, ...(size ? [size] : [])], cells, groups),
  ];
  const rows = [...predictors, ...halves, ...fitted].flatMap((predictor): CeilingRow[] => {
    const against = predictorMeasures(predictor, cells, groups);
    return against === undefined ? [] : [{ group: title, name: predictor.name, texts: String(predictor.texts), against }];
  });
  const top = ceiling(cells, groups);
  const sorted = rows.toSorted(
    (a, b) =>
      b.against.measures.pairs - a.against.measures.pairs || b.against.measures.tau - a.against.measures.tau || (a.name < b.name ? -1 : 1),
  );
  return [...(top === undefined ? [] : [{ group: title, name: CEILING, texts: '', against: top }]), ...sorted];
}

function sortOf(name: string): keyof typeof SHOWN {
  if (name.endsWith(' texts')) return 'part';
  return name.includes(' + ') ? 'joined' : 'whole';
}

/**
 * The ceiling, the best estimates from all texts and from few, and what every table has: size, chance, and combinations fitted on other
 * datasets.
 */
export function ceilingTable(title: string, rows: readonly CeilingRow[]): string {
  const always = new Set([CEILING, SIZE, CHANCE, ELSEWHERE, FITTED]);
  const left = { ...SHOWN };
  const shown = rows.filter(({ name }) => always.has(name) || left[sortOf(name)]-- > 0);
  const lines = shown.map(({ name, texts, against: { measures, pairs, cells } }) => [
    name,
    texts,
    `${percent(measures.pairs)}${pairs === undefined ? '' : ` [${Math.round(100 * pairs.low)}, ${Math.round(100 * pairs.high)}]`}`,
    number(measures.tau),
    number(measures.regret),
    String(cells),
  ]);
  const head = ['Predictor', 'Texts', 'Pairs in order', 'Weighted tau', 'Regret', 'Groups'];
  return `## ${title}\n\n${rows.length === 0 ? 'No results yet.' : table(head, lines)}`;
}

const COLUMNS = ['group', 'predictor', 'texts', 'pairs', 'pairs_low', 'pairs_high', 'weighted_tau', 'regret', 'cells'] as const;

export function ceilingCsv(rows: readonly CeilingRow[]): string {
  return csvText({
    columns: COLUMNS,
    rows: rows.map(({ group, name, texts, against: { measures, pairs, cells } }) => ({
      group,
      predictor: name,
      texts,
      pairs: digits(measures.pairs),
      pairs_low: digits(pairs?.low ?? Number.NaN),
      pairs_high: digits(pairs?.high ?? Number.NaN),
      weighted_tau: digits(measures.tau),
      regret: digits(measures.regret),
      cells: String(cells),
    })),
  });
}

function digits(value: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(4);
}

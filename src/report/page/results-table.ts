import { datasetName, encoderName, estimatorName, number, objectiveName, placeName, scoreOf, trustOf, type Cell } from './cells.ts';
import type { PageData } from './data.ts';
import { distinct, el, records, type Child } from './dom.ts';
import { lineTitle } from './line-title.ts';
import { interval, minus } from './numbers.ts';
import { table, type Column } from './table.ts';

/** All results in one table: the rows of results.csv and those of estimates.csv. */

/** Columns shown only if rows differ in them. */
const TELLING = [
  'dim',
  'prompt',
  'task',
  'pair',
  'word_pooling',
  'label_field',
  'labels',
  'k',
  'metric',
  'votes',
  'index',
  'concat_norm',
  'dtype',
  'attention',
  'max_length',
  'device',
  'sample',
  'seed',
  'epoch',
  'source_field',
] as const;

/** Scores other than the one by which encoders are compared. */
const FURTHER = [
  ['Macro-F1', 'macro_f1'],
  ['Pearson', 'pearson'],
  ['RMSE', 'rmse'],
  ['R2', 'r2'],
] as const;

interface Scored {
  readonly row: Cell;
  readonly method: string;
  readonly metric: string;
  readonly score: string;
  readonly low: string;
  readonly high: string;
  /** Scores that predict new texts best come first. */
  readonly order: number;
}

export function resultsTable(data: PageData): Child[] {
  const scored = sorted([...records(data.results).map(ofResult), ...records(data.estimates).map((row) => ofEstimate(data, row))]);
  if (scored.length === 0) return [];
  const rows = scored.map(({ row }) => row);
  const metrics = distinct(scored.map(({ metric }) => metric));
  const words = tagged(rows);
  const tuned = rows.some(({ objective = '' }) => objective !== '');
  return [
    table<Scored>({
      caption: `Intervals: 95%, bootstrap over ${DRAWN_ITEMS[words]}`,
      rows: scored,
      controls: true,
      unit: 'result',
      columns: [
        {
          title: 'Encoder',
          value: ({ row }) => encoderName(data, row['encoder']!),
          show: ({ row }) => lineTitle(data, { encoder: row['encoder']!, objective: row['objective'] ?? '', variant: '' }),
          filter: true,
        },
        {
          title: metrics.length === 1 ? metrics[0]! : 'Score',
          numeric: true,
          value: ({ score }) => number(score),
          show: ({ score }) => el('strong', {}, minus(score)),
        },
        // Sorted by width: how certain a score is.
        {
          title: '95% CI',
          numeric: true,
          value: ({ low, high }) => number(high) - number(low),
          show: ({ low, high }) => interval(low, high),
        },
        ...(metrics.length === 1 ? [] : [{ title: 'Metric', value: ({ metric }: Scored) => metric, filter: true }]),
        ...(distinct(rows.map(({ dataset }) => dataset)).length === 1
          ? []
          : [{ title: 'Dataset', value: ({ row }: Scored) => datasetName(data, row['dataset']!), filter: true }]),
        { title: 'Method', value: ({ method }) => method, filter: true },
        ...(tuned ? [{ title: 'Training', value: ({ row }: Scored) => objectiveName(data, row['objective'] ?? ''), filter: true }] : []),
        ...telling(rows, ['split']),
        { title: 'Pooling', value: ({ row }) => placeName(row), filter: true },
        ...FURTHER.filter(([, column]) => rows.some((row) => (row[column] ?? '') !== '')).map(([title, column]): Column<Scored> => ({
          title,
          numeric: true,
          value: ({ row }) => number(row[column]),
          show: ({ row }) => minus(row[column] ?? ''),
        })),
        { title: ITEM_HEADS[words], numeric: true, value: ({ row }) => number(row['n']), show: ({ row }) => row['n'] },
        ...telling(rows, TELLING),
      ],
    }),
  ];
}

function ofResult(row: Cell): Scored {
  const { column, title } = scoreOf(row);
  const { protocol = '' } = row;
  return {
    row,
    method: protocol === 'head' ? 'classification head' : `k-NN ${protocol}`,
    metric: title,
    score: row[column] ?? '',
    low: row[`${column}_low`] ?? '',
    high: row[`${column}_high`] ?? '',
    order: trustOf(row),
  };
}

function ofEstimate(data: PageData, row: Cell): Scored {
  const { estimator = '', score = '', low = '', high = '' } = row;
  const method = estimatorName(data, estimator);
  return {
    row,
    method,
    metric: metricOf(row, method),
    score,
    low,
    high,
    order: 5 + Object.keys(data.titles.estimators).indexOf(estimator),
  };
}

/** Estimators that predict are scored by their predictions; others have a unit of their own. */
function metricOf({ task = '', low = '', estimator }: Cell, name: string): string {
  if (estimator === 'consistency') return `${name}, %`;
  if (low === '') return name;
  return task === 'regression' ? "Spearman's correlation" : task === 'token-classification' ? 'F1, %' : 'Accuracy, %';
}

/** By dataset; results of the same measure are together, the best first. */
function sorted(rows: readonly Scored[]): Scored[] {
  const datasets = distinct(rows.map(({ row }) => row['dataset']));
  const kinds = distinct(rows.map(kindOf));
  return rows.toSorted(
    (a, b) =>
      datasets.indexOf(a.row['dataset']) - datasets.indexOf(b.row['dataset']) ||
      a.order - b.order ||
      kinds.indexOf(kindOf(a)) - kinds.indexOf(kindOf(b)) ||
      number(b.score) - number(a.score),
  );
}

function kindOf({ method, metric, row: { split = '', label_field: field = '' } }: Scored): string {
  return JSON.stringify([field, method, metric, split]);
}

/** How many of the rows are of tagged words. */
function tagged(rows: readonly Cell[]): 'none' | 'some' | 'all' {
  const count = rows.filter((row) => row['task'] === 'token-classification').length;
  if (count === 0) return 'none';
  return count === rows.length ? 'all' : 'some';
}

/** What intervals are resampled over. */
const DRAWN_ITEMS = { none: 'texts', some: 'texts, of tags over sentences', all: 'sentences' } as const;
/** What is scored. */
const ITEM_HEADS = { none: 'Texts', some: 'Texts or words', all: 'Words' } as const;

function telling(rows: readonly Cell[], columns: readonly string[]): Column<Scored>[] {
  const datasets = distinct(rows.map(({ dataset }) => dataset)).length;
  // A column that only differs between datasets does not distinguish rows, nor does a setting that some methods do not have.
  const values = (column: string): string[] =>
    rows
      .filter((row) => !OF_METHODS.has(column) || (row[column] ?? '') !== '')
      .map((row) => JSON.stringify([row['dataset'], row[column] ?? '']));
  return columns
    .filter((column) => distinct(values(column)).length > datasets)
    .map((column) => ({ title: headOf(column), value: ({ row }) => row[column] ?? '', filter: column === 'split' }));
}

/** Settings that are not mentioned for methods without them. */
const OF_METHODS: ReadonlySet<string> = new Set(['k', 'metric', 'votes', 'index', 'dtype', 'attention', 'max_length', 'seed', 'epoch']);

const HEADS: ReadonlyMap<string, string> = new Map([
  ['k', 'k'],
  ['metric', 'Distance'],
  ['dtype', 'Weight precision'],
]);

function headOf(column: string): string {
  const head = HEADS.get(column);
  if (head !== undefined) return head;
  const words = column.replaceAll('_', ' ');
  return words[0]!.toUpperCase() + words.slice(1);
}

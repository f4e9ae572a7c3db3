import { datasetName, encoderName, estimatorName, number, placeName, scoreOf, type Cell } from './cells.ts';
import type { PageData } from './data.ts';
import { distinct, el, records, type Child } from './dom.ts';
import { table, type Column } from './table.ts';

/** The rows of results.csv and estimates.csv as tables. */

/** Columns that stand in the table only where they tell rows apart. */
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
  'sample',
  'seed',
  'epoch',
] as const;

/** Those of classes, and those of numbers where there are such. */
const SCORES = [
  ['Micro-F1', 'micro_f1'], ['Macro-F1', 'macro_f1'], ['Span F1', 'span_f1'], ['Micro-F1 without O', 'micro_f1_no_o'], ['Spearman', 'spearman'], ['Pearson', 'pearson'], ['RMSE', 'rmse'], ['R2', 'r2'],
] as const;

export function resultsTable(data: PageData): Child[] {
  const rows = records(data.results);
  if (rows.length === 0) return [];
  const classes = rows.every((row) => scoreOf(row).column !== 'spearman');
  return [table({
    caption: `Scores${classes ? ' in percent' : ''}, with 95 % bootstrap intervals over ${DRAWN_ITEMS[tagged(rows)]}`,
    rows, heads: 2, controls: true, unit: 'cell',
    columns: [
      ...namesOf(data), placeColumn(),
      { title: 'Protocol', value: (row) => row['protocol']!, filter: true },
      ...telling(rows, ['split', 'objective']),
      ...SCORES.filter(([, column]) => rows.some((row) => row[column] !== undefined && row[column] !== '')).flatMap(([head, column]) => [scoreColumn(head, column), intervalColumn(column)]),
      { title: ITEM_HEADS[tagged(rows)], numeric: true, value: (row) => number(row['n']), show: (row) => row['n'] },
      ...telling(rows, TELLING),
    ],
  })];
}

/** How many of the rows are of tagged words. */
function tagged(rows: readonly Cell[]): 'none' | 'some' | 'all' {
  const count = rows.filter((row) => row['task'] === 'token-classification').length;
  if (count === 0) return 'none';
  return count === rows.length ? 'all' : 'some';
}

/** What intervals are drawn over. */
const DRAWN_ITEMS = { none: 'the texts', some: 'the texts, of tags over the sentences', all: 'the sentences' } as const;
/** What is scored. */
const ITEM_HEADS = { none: 'Texts', some: 'Texts or words', all: 'Words' } as const;

export function estimatesTable(data: PageData): Child[] {
  const rows = records(data.estimates);
  if (rows.length === 0) return [];
  return [table({
    caption: 'What each estimator says; shares of right texts in percent with 95 % intervals, others in their own unit',
    rows, heads: 2, controls: true, unit: 'estimate',
    columns: [
      ...namesOf(data),
      { title: 'Estimator', value: (row) => estimatorName(data, row['estimator']!), filter: true },
      placeColumn(),
      { title: 'Score', numeric: true, value: (row) => number(row['score']), show: (row) => minus(row['score']!) },
      intervalOf('95 %', 'low', 'high'),
      { title: 'Texts', numeric: true, value: (row) => number(row['n']), show: (row) => row['n'] },
      ...telling(rows, TELLING),
    ],
  })];
}

function namesOf(data: PageData): Column<Cell>[] {
  return [
    { title: 'Dataset', value: (row) => datasetName(data, row['dataset']!), filter: true },
    { title: 'Encoder', value: (row) => encoderName(data, row['encoder']!), filter: true },
  ];
}

/** Filtered by pooling and layers at once. */
function placeColumn(): Column<Cell> {
  return { title: 'Pooling', value: placeName, filter: true };
}

function scoreColumn(head: string, column: string): Column<Cell> {
  return { title: head, numeric: true, value: (row) => number(row[column]), show: (row) => el('strong', {}, row[column]) };
}

function intervalColumn(column: string): Column<Cell> {
  return intervalOf('95 %', `${column}_low`, `${column}_high`);
}

/** Sorted by the width: how sure a score is. */
function intervalOf(head: string, low: string, high: string): Column<Cell> {
  return { title: head, numeric: true, value: (row) => number(row[high]) - number(row[low]), show: (row) => interval(row[low]!, row[high]!) };
}

export function interval(low: string, high: string): Child {
  return low === '' || high === '' ? el('span', { class: 'muted' }, '–') : el('span', { class: 'muted' }, `${minus(low)} – ${minus(high)}`);
}

export function minus(text: string): string {
  return text.replace(/^-/, '−');
}

function telling(rows: readonly Cell[], columns: readonly string[]): Column<Cell>[] {
  // What differs from dataset to dataset alone tells no two cells apart.
  return columns.filter((column) => distinct(rows.map((row) => JSON.stringify([row['dataset'], row[column]]))).length > distinct(rows.map(({ dataset }) => dataset)).length).map((column) => ({ title: title(column), value: (row) => (column === 'objective' && row[column] === '' ? 'frozen' : row[column]!), filter: column === 'objective' || column === 'split' }));
}

function title(column: string): string {
  const words = column.replaceAll('_', ' ');
  return words[0]!.toUpperCase() + words.slice(1);
}

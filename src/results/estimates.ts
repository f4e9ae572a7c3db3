import { csvText, filled, parseTable } from './csv.ts';
import { natural } from './order.ts';
import { broken, readText } from './read.ts';
import { writeWhole } from './write.ts';

/** estimates.csv: the scores of estimators for the vectors of an encoder, one row each. Contains nothing that changes from run to run. */

export const ESTIMATE_COLUMNS = [
  'encoder',
  'dataset',
  'estimator',
  'pooling',
  'layers',
  'dim',
  'prompt',
  'k',
  'n',
  'score',
  'low',
  'high',
  'label_field',
  'labels',
  'revision',
  'file_hash',
  'tokenizer_hash',
  'dtype',
  'attention',
  'max_length',
  'data_hash',
  'sample',
  'seed',
  // leep: the source label field.
  'source_field',
  'task',
  'pair',
  'word_pooling',
  'device',
] as const;
type EstimateColumn = (typeof ESTIMATE_COLUMNS)[number];
/**
 * A percentage with two decimals if texts are classified, a correlation with four if numbers are predicted, else the estimator's own unit.
 */
export type EstimateRow = Readonly<Record<EstimateColumn, string>>;

const KEY: readonly EstimateColumn[] = [
  'encoder',
  'dataset',
  'estimator',
  'pooling',
  'layers',
  'dim',
  'prompt',
  'k',
  'label_field',
  'labels',
  'dtype',
  'attention',
  'max_length',
  'sample',
  'seed',
  'source_field',
  'task',
  'pair',
  'word_pooling',
  'device',
];
const ORDER: readonly EstimateColumn[] = [
  ...new Set<EstimateColumn>(['dataset', 'encoder', 'pooling', 'layers', 'dim', 'prompt', 'estimator', ...KEY]),
];
const NEEDED: readonly EstimateColumn[] = ['encoder', 'dataset', 'estimator', 'pooling', 'score'];

function estimateKey(row: EstimateRow): string {
  return JSON.stringify(KEY.map((column) => row[column]));
}

/** Fresh rows replace those with the same key, the others stay. */
export function mergeEstimates({
  old,
  fresh,
}: {
  readonly old: readonly EstimateRow[];
  readonly fresh: readonly EstimateRow[];
}): EstimateRow[] {
  return [...new Map([...old, ...fresh].map((row) => [estimateKey(row), row])).values()];
}

/** Writes estimates.csv atomically, in a fixed order. @throws HarnessError OUTPUT */
export async function writeEstimates({ file, rows }: { readonly file: string; readonly rows: readonly EstimateRow[] }): Promise<void> {
  await writeWhole({
    file,
    text: csvText({ columns: filled(ESTIMATE_COLUMNS, ['task', 'pair', 'word_pooling', 'device'], rows), rows: rows.toSorted(compare) }),
  });
}

/** Reads estimates.csv; a file that does not exist has no rows. @throws HarnessError FORMAT with file and line. */
export async function readEstimates(file: string): Promise<EstimateRow[]> {
  const text = await readText(file);
  if (text === undefined) return [];
  const { header, records } = parseTable({ text, file, needed: NEEDED, what: 'a file of estimates' });
  return records.map(({ cells, line }) => {
    const row = Object.fromEntries(ESTIMATE_COLUMNS.map((column) => [column, cells[header.indexOf(column)] ?? ''])) as EstimateRow;
    if (!/^-?\d+(\.\d+)?(e[-+]?\d+)?$/.test(row.score))
      throw broken(`${file}:${line}`, `Column score is ${JSON.stringify(row.score)}, not a number.`);
    return row;
  });
}

function compare(a: EstimateRow, b: EstimateRow): number {
  for (const column of ORDER) {
    const order = natural(a[column], b[column]);
    if (order !== 0) return order;
  }
  return 0;
}

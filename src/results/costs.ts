import { csvText, filled, parseTable } from './csv.ts';
import { natural } from './order.ts';
import { readText } from './read.ts';
import { writeWhole } from './write.ts';

/**
 * costs.csv: the cost of an encoder, one row each. Measured on the machine that wrote it, on the texts of a dataset (long texts take
 * longer). Separate from estimates.csv, which contains nothing that changes from run to run.
 */

export const COST_COLUMNS = [
  'encoder',
  'dataset',
  'dtype',
  'parameters',
  'text_ms',
  'tokens_per_second',
  'memory_mb',
  'max_length',
  'texts',
  'prompt',
  'device',
] as const;
type CostColumn = (typeof COST_COLUMNS)[number];
/**
 * `texts`: number of texts that the time per text was measured on, after the first batch; 0: on the first batch only, including loading.
 * Empty: written by an older version. `prompt`: the prompt put before every text, which takes time too.
 * `device`: empty for the CPU.
 */
export type CostRow = Readonly<Record<CostColumn, string>>;

const KEY: readonly CostColumn[] = ['encoder', 'dataset', 'dtype', 'max_length', 'prompt', 'device'];
/** Files of older versions do not name the dataset. */
const NEEDED: readonly CostColumn[] = ['encoder', 'dtype', 'max_length'];

/** A measurement on this many texts or more is reliable, and the last one counts; of smaller ones, the one on the most texts. */
const ENOUGH = 200;

/**
 * Whether a measurement on this many texts, after the first batch, replaces an earlier one. Older files do not record the number: theirs
 * were on whole datasets.
 */
export function measuresBetter(texts: number, before: number): boolean {
  return texts >= ENOUGH || texts >= before;
}

/**
 * Fresh rows replace those of the same encoder, dataset, weight precision, length limit, prompt and device, unless those were measured
 * better.
 */
export function mergeCosts({ old, fresh }: { readonly old: readonly CostRow[]; readonly fresh: readonly CostRow[] }): CostRow[] {
  const rows = new Map(old.map((row) => [keyOf(row), row]));
  for (const row of fresh) {
    const before = rows.get(keyOf(row));
    if (before === undefined || measuresBetter(Number(row.texts), before.texts === '' ? Infinity : Number(before.texts))) {
      rows.set(keyOf(row), row);
    }
  }
  return [...rows.values()];
}

function keyOf(row: CostRow): string {
  return JSON.stringify(KEY.map((column) => row[column]));
}

/** Writes costs.csv atomically, by encoder. @throws HarnessError OUTPUT */
export async function writeCosts({ file, rows }: { readonly file: string; readonly rows: readonly CostRow[] }): Promise<void> {
  const ordered = rows.toSorted((a, b) => KEY.reduce((order, column) => order || natural(a[column], b[column]), 0));
  await writeWhole({ file, text: csvText({ columns: filled(COST_COLUMNS, ['device'], rows), rows: ordered }) });
}

/** Reads costs.csv; a file that does not exist has no rows. @throws HarnessError FORMAT with file and line. */
export async function readCosts(file: string): Promise<CostRow[]> {
  const text = await readText(file);
  if (text === undefined) return [];
  const { header, records } = parseTable({ text, file, needed: NEEDED, what: 'a file of costs' });
  return records.map(
    ({ cells }) => Object.fromEntries(COST_COLUMNS.map((column) => [column, cells[header.indexOf(column)] ?? ''])) as CostRow,
  );
}

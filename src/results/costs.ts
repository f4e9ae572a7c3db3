import { csvText, parseTable } from './csv.ts';
import { natural } from './order.ts';
import { readText } from './read.ts';
import { writeWhole } from './write.ts';

/**
 * costs.csv: what an encoder costs, a row each. Measured on the machine that wrote it, on the texts of a dataset (long texts take longer):
 * apart from estimates.csv, which has nothing that changes from run to run.
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
] as const;
type CostColumn = (typeof COST_COLUMNS)[number];
/**
 * `texts`: what time a text takes was measured on so many, after the first batch; 0: on that one alone, loading and all. Empty: an older
 * version does not say. `prompt`: what stood before every text, which takes its time.
 */
export type CostRow = Readonly<Record<CostColumn, string>>;

const KEY: readonly CostColumn[] = ['encoder', 'dataset', 'dtype', 'max_length', 'prompt'];
/** Files of older versions do not say of which dataset they are. */
const NEEDED: readonly CostColumn[] = ['encoder', 'dtype', 'max_length'];

/** A measurement on this many texts or more is good, and the last one counts; of smaller ones, the one on the most texts. */
const ENOUGH = 200;

/**
 * Whether a measurement on so many texts, after the first batch, takes the place of an earlier one. Older files do not say: theirs were of
 * whole datasets.
 */
export function measuresBetter(texts: number, before: number): boolean {
  return texts >= ENOUGH || texts >= before;
}

/** Fresh rows replace those of the same encoder, dataset, number type, length and prompt, unless those were measured better. */
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
  await writeWhole({ file, text: csvText({ columns: COST_COLUMNS, rows: ordered }) });
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

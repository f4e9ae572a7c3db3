import { csvText, parseTable } from './csv.ts';
import { natural } from './order.ts';
import { readText } from './read.ts';
import { writeWhole } from './write.ts';

/** costs.csv: what an encoder costs, a row each. Measured on the machine that wrote it, on the texts of a data set (long texts take longer): apart from estimates.csv, which has nothing that changes from run to run. */

const COST_COLUMNS = ['encoder', 'dataset', 'dtype', 'parameters', 'text_ms', 'tokens_per_second', 'memory_mb', 'max_length'] as const;
type CostColumn = (typeof COST_COLUMNS)[number];
export type CostRow = Readonly<Record<CostColumn, string>>;

const KEY: readonly CostColumn[] = ['encoder', 'dataset', 'dtype', 'max_length'];
/** Files of older versions do not say of which data set they are. */
const NEEDED: readonly CostColumn[] = ['encoder', 'dtype', 'max_length'];

/** Fresh rows replace those of the same encoder, data set, number type and length. */
export function mergeCosts({ old, fresh }: { readonly old: readonly CostRow[]; readonly fresh: readonly CostRow[] }): CostRow[] {
  return [...new Map([...old, ...fresh].map((row) => [JSON.stringify(KEY.map((column) => row[column])), row])).values()];
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
  return records.map(({ cells }) => Object.fromEntries(COST_COLUMNS.map((column) => [column, cells[header.indexOf(column)] ?? ''])) as CostRow);
}

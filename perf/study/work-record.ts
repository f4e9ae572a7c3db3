import path from 'node:path';
import { csvText, parseTable } from '../../src/results/csv.ts';
import { withFolderLock } from '../../src/results/folder-lock.ts';
import { readText } from '../../src/results/read.ts';
import { writeWhole } from '../../src/results/write.ts';

/** work.csv: what each piece of work of the study came to and cost, a row each, written when its results are. */
const COLUMNS = [
  'kind',
  'encoder',
  'dataset',
  'train',
  'objective',
  'lr',
  'epochs',
  'seed',
  'dev',
  'test',
  'texts',
  'seconds',
  'cpu_seconds',
] as const;
type Column = (typeof COLUMNS)[number];
/**
 * `kind`: screen (frozen estimates) or train. `dev`, `test`: micro-F1 of a trained encoder in percent. `texts`: forward passes of a text,
 * of which one that is trained on counts three, as `choose` counts them. `cpu_seconds`: of all threads, which tells more than `seconds`
 * where the machine does something else too.
 */
export type WorkRow = Readonly<Record<Column, string>>;

/** The columns that say which piece it is. */
const KEY = ['kind', 'encoder', 'dataset', 'train', 'objective', 'lr', 'epochs', 'seed'] as const satisfies readonly Column[];

export function workKey(row: Pick<WorkRow, (typeof KEY)[number]>): string {
  return JSON.stringify(KEY.map((column) => row[column]));
}

/** A file that does not exist has no rows. */
export async function readWork(file: string): Promise<WorkRow[]> {
  const text = await readText(file);
  if (text === undefined) return [];
  const { header, records } = parseTable({ text, file, needed: COLUMNS, what: 'a record of the study’s work' });
  return records.map(({ cells }) => Object.fromEntries(COLUMNS.map((column) => [column, cells[header.indexOf(column)]!])) as WorkRow);
}

/** A row of the same piece is replaced. The file is sorted: it does not tell what came first. */
export async function addWork(file: string, row: WorkRow): Promise<void> {
  await withFolderLock(path.dirname(file), async () => {
    const rows = new Map([...(await readWork(file)), row].map((each) => [workKey(each), each]));
    const sorted = [...rows.keys()].toSorted().map((key) => rows.get(key)!);
    await writeWhole({ file, text: csvText({ columns: COLUMNS, rows: sorted }) });
  });
}

import path from 'node:path';
import { csvText, parseTable } from '../../src/results/csv.ts';
import { withFolderLock } from '../../src/results/folder-lock.ts';
import { readText } from '../../src/results/read.ts';
import { writeWhole } from '../../src/results/write.ts';

/** work.csv: outcome and cost of each work item of the study, one row each, written together with its results. */
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
 * `kind`: screen (frozen estimates) or train. `dev`, `test`: micro-F1 of a fine-tuned encoder in percent. `texts`: forward passes of a
 * text; one that is trained on counts three, as in `choose`. `cpu_seconds`: of all threads, more reliable than `seconds` if the machine has
 * other load.
 */
export type WorkRow = Readonly<Record<Column, string>>;

/** The columns that identify a work item. */
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

/** A row of the same item is replaced. The file is sorted: its order does not show which came first. */
export async function addWork(file: string, row: WorkRow): Promise<void> {
  await withFolderLock(path.dirname(file), async () => {
    const rows = new Map([...(await readWork(file)), row].map((each) => [workKey(each), each]));
    const sorted = [...rows.keys()].toSorted().map((key) => rows.get(key)!);
    await writeWhole({ file, text: csvText({ columns: COLUMNS, rows: sorted }) });
  });
}

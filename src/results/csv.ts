import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { option } from '../errors.ts';
import { guardFormula, unguardFormula } from './formula.ts';
import { KINDS } from './kinds.ts';
import { resultKey } from './merge.ts';
import { sortRows } from './order.ts';
import { broken, readText } from './read.ts';
import { COLUMNS, RARE_COLUMNS, type Column, type Row } from './row.ts';
import { ROW_COLUMNS } from './row-columns.ts';
import { writeWhole } from './write.ts';

/** results.csv: one row per result, the columns of row.ts, those of other tasks if a row has them, sorted; UTF-8, newlines are LF. */

/** Without these a file is not a results file. Every other column may be missing, as in files of older versions. */
const NEEDED: readonly Column[] = ['encoder', 'dataset', 'pooling', 'n'];

/** Counts and scores, which are validated even if `strange` accepts the rest unchecked. */
const COUNTED: ReadonlySet<Column> = new Set([
  'n',
  'correct',
  'texts_cut',
  'seed',
  'epoch',
  'accuracy',
  'micro_f1',
  'macro_f1',
  'spearman',
  'pearson',
  'rmse',
  'mae',
  'r2',
]);

export interface ReadParams {
  /** Accepts rows that no run can have written, for a reader that reports itself what it cannot use. */
  readonly strange?: boolean | undefined;
}

export interface ReadRows {
  readonly rows: Row[];
  /** Columns of the file that this version does not know: they are not in the rows. */
  readonly unknownColumns: readonly string[];
}

/** The file as text: the same rows in any order give the same bytes. */
export function csvOfRows(rows: readonly Row[]): string {
  return csvText({ columns: filled(COLUMNS, RARE_COLUMNS, rows), rows: sortRows(rows) });
}

/** Columns without those of `rare` that are empty in all rows. */
export function filled<C extends string>(columns: readonly C[], rare: readonly C[], rows: readonly Readonly<Record<C, string>>[]): C[] {
  return columns.filter((column) => !rare.includes(column) || rows.some((row) => row[column] !== ''));
}

/** Any table as CSV text, guarded against spreadsheet formulas. */
export function csvText<C extends string>({
  columns,
  rows,
}: {
  readonly columns: readonly C[];
  readonly rows: readonly Readonly<Record<C, string>>[];
}): string {
  return stringify([columns, ...rows.map((row) => columns.map((column) => guardFormula(row[column])))]);
}

/** Writes results.csv atomically. @throws HarnessError OUTPUT */
export async function writeRows({ file, rows }: { readonly file: string; readonly rows: readonly Row[] }): Promise<void> {
  await writeWhole({ file, text: csvOfRows(rows) });
}

/** Reads results.csv; a file that does not exist has no rows. @throws HarnessError FORMAT with file and line. */
export async function readRows(file: string, { strange }: ReadParams = {}): Promise<ReadRows> {
  const text = await readText(file);
  return text === undefined ? { rows: [], unknownColumns: [] } : parseRows({ text, file, strange });
}

/** Rows from the text of a results file. `file`: its name in errors. @throws HarnessError FORMAT with file and line. */
export function parseRows({ text, file, strange = false }: ReadParams & { readonly text: string; readonly file: string }): ReadRows {
  const { header, records } = parseTable({ text, file, needed: NEEDED, what: 'a results file' });
  const rows: Row[] = [];
  const lines = new Map<string, { readonly line: number; readonly row: Row }>();
  for (const { cells, line } of records) {
    const where = `${file}:${line}`;
    const row = rowOf(header, cells);
    checkValues(row, where, strange ? COUNTED : COLUMNS);
    const known = lines.get(resultKey(row));
    if (known === undefined) {
      lines.set(resultKey(row), { line, row });
      rows.push(row);
    } else if (COLUMNS.some((column) => known.row[column] !== row[column])) {
      throw broken(where, `The same configuration as line ${known.line} with another result.`, 'Delete one of the two lines.');
    }
  }
  return { rows, unknownColumns: header.filter((name) => !isColumn(name)) };
}

export interface CsvRecord {
  readonly cells: readonly string[];
  /** Line of the file on which the record ends, counted from 1. */
  readonly line: number;
}

export interface ParseTableParams {
  readonly text: string;
  /** File name in errors. */
  readonly file: string;
  /** Required columns. */
  readonly needed: readonly string[];
  /** What the file should be: `a results file`. */
  readonly what: string;
}

/**
 * Header and records of a table, each record as long as the header; a text without a header has none. @throws HarnessError FORMAT with file
 * and line.
 */
export function parseTable({ text, file, needed, what }: ParseTableParams): {
  readonly header: readonly string[];
  readonly records: readonly CsvRecord[];
} {
  const checkHeader = (header: readonly string[]): void => {
    const missing = needed.filter((column) => !header.includes(column));
    if (missing.length > 0) {
      throw broken(
        `${file}:1`,
        `Not ${what}: column ${missing.join(', ')} is missing.`,
        `Give another folder with ${option('out')}, or correct the first line.`,
      );
    }
    const known = new Set<string>();
    const twice = header.find((name) => known.size === known.add(name).size);
    if (twice !== undefined) throw broken(`${file}:1`, `Duplicate column ${twice} in the header.`);
  };
  const [first, ...records] = parseCsv({ text, file, checkHeader });
  return { header: first?.cells ?? [], records };
}

export interface ParseCsvParams {
  readonly text: string;
  /** File name in errors. */
  readonly file: string;
  /** Throws if the first record is not a valid header. */
  readonly checkHeader: (cells: readonly string[]) => void;
}

/**
 * Records of a CSV text, all as long as the first, without blank lines and formula guards. @throws HarnessError FORMAT with file and line.
 */
export function parseCsv({ text, file, checkHeader }: ParseCsvParams): CsvRecord[] {
  const records: CsvRecord[] = [];
  // Taken one at a time: the parser's further information about a record (`info`) takes a hundred times the memory of a short one.
  const take = (record: string[], line: number): null => {
    const cells = record.map(unguardFormula);
    const columns = records[0]?.cells.length;
    if (columns === undefined) checkHeader(cells);
    // Rejected immediately: the parser makes an error with a stack for every record of another length, and discards it.
    else if (cells.length !== columns)
      throw broken(`${file}:${line}`, `The row has ${cells.length} ${cells.length === 1 ? 'value' : 'values'}, the header ${columns}.`);
    records.push({ cells, line });
    return null;
  };
  try {
    parse(text, {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (record: string[], { lines }) => take(record, lines),
    });
    return records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = (error as CsvError & { readonly lines?: number }).lines;
    throw broken(line === undefined ? file : `${file}:${line}`, `Not CSV (${error.message.replace(/\.$/, '')}).`);
  }
}

function rowOf(header: readonly string[], cells: readonly string[]): Row {
  const row = Object.fromEntries(COLUMNS.map((column) => [column, ''])) as Record<Column, string>;
  for (const [at, name] of header.entries()) if (isColumn(name)) row[name] = cells[at]!;
  return row;
}

function checkValues(row: Row, where: string, checked: Iterable<Column>): void {
  for (const column of NEEDED) {
    if (row[column] === '') throw broken(where, `Column ${column} is empty.`);
  }
  for (const column of checked) {
    const kind = KINDS[ROW_COLUMNS[column].kind];
    if (row[column] !== '' && kind.parse(row[column]) === undefined) {
      throw broken(where, `Column ${column} is ${JSON.stringify(row[column])}, not a ${kind.title}.`);
    }
  }
}

function isColumn(name: string): name is Column {
  return (COLUMNS as readonly string[]).includes(name);
}

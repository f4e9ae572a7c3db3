import { bounded, HarnessError, option } from '../../errors.ts';
import type { BadLine } from '../decode.ts';
import { badRow, type Fault } from '../faults.ts';
import { findColumns, isFault, type TableParams, type TableRows } from '../table.ts';
import { openText, textBlocks, type TextSource } from '../text-source.ts';
import { findDialect } from './dialect.ts';
import { Broken, records, type Dialect, type Record as TableRecord } from './records.ts';
import { own } from '../../own.ts';

/** Rows of a text table, header first. `natural` is the delimiter unless another is detected. */
export function delimitedRows(natural: ',' | '\t'): TableRows {
  return async function* ({ file, encoding, columns, delimiter, quotes, find = () => {} }) {
    const source = await openText({ path: file.path, name: file.name, encoding }, find);
    const table = await openDelimited({ source, file, natural, encoding, columns, delimiter, quotes, find });
    if (table === undefined) return;
    const { numbers, rows } = table;
    for await (const row of rows) yield isFault(row) ? row : { cells: numbers.map((number) => row.fields[number]), at: row.line };
  };
}

export interface DelimitedParams extends Pick<TableParams, 'file' | 'encoding' | 'columns' | 'delimiter' | 'quotes'> {
  readonly source: TextSource;
  readonly natural: ',' | '\t';
  readonly find: (sentence: string) => void;
  /** How it is to be read, if known already. */
  readonly dialect?: Dialect | undefined;
}

/** A row of a text table with all its fields. */
export interface DelimitedRow {
  /** As many as in the header. */
  readonly fields: readonly string[];
  readonly line: number;
}

export interface DelimitedTable {
  readonly header: readonly string[];
  /** Index of each requested column. */
  readonly numbers: readonly number[];
  readonly dialect: Dialect;
  readonly rows: AsyncIterable<DelimitedRow | Fault>;
}

/** A text table after its header; undefined if it is empty. Throws what reading throws, if it cannot continue. */
export async function openDelimited({
  source,
  file,
  natural,
  encoding,
  columns,
  delimiter: asked,
  quotes: said,
  find,
  dialect: known,
}: DelimitedParams): Promise<DelimitedTable | undefined> {
  if (/^\s*(\{\s*"|\[\s*[{[])/.test(source.head)) {
    throw new HarnessError('FORMAT', {
      where: file.name,
      what: 'This is JSON, not a table with a header.',
      hint: 'Rename it to .jsonl (one object per line) or .json.',
    });
  }
  const dialect = known ?? (await findDialect({ source, columns, natural, delimiter: asked, quotes: said, find }));
  const { delimiter, quotes } = dialect;
  const other = encoding === 'utf8' ? `its encoding with ${option('encoding')}` : `another ${option('encoding')}`;
  const hintOf = (bad: BadLine) => `Set ${other}: as windows-1252 the line begins "${bad.sample}".`;
  const found = readable(records(textBlocks(source), dialect), file);
  const first = await found.next();
  if (first.done === true) return undefined;
  const { fields: header, line, bad } = first.value;
  const hint = header.length === 1 && asked === undefined ? `Or set ${option('delimiter')}.` : undefined;
  let numbers: number[];
  try {
    if (bad !== undefined) throw badRow(file, line, bad.what, hintOf(bad));
    numbers = findColumns(columns, header, { file, hint });
  } catch (error) {
    await found.return(undefined);
    throw error;
  }
  const mend = quotes
    ? `Quote fields that contain a ${own(NAMES, delimiter) ?? `"${delimiter}"`}.`
    : 'For texts with tabs or newlines use CSV with quotes.';
  const rows = async function* (): AsyncGenerator<DelimitedRow | Fault> {
    for await (const record of found) {
      // A line of blanks counts as empty.
      if (header.length > 1 && record.fields.length === 1 && record.fields[0]!.trim() === '') continue;
      if (record.bad !== undefined) yield { kind: 'bytes', at: record.bad.line, what: record.bad.what, hint: hintOf(record.bad) };
      else yield faultOf(record, { header, hint: mend }) ?? { fields: record.fields, line: record.line };
    }
  };
  return { header, numbers, dialect, rows: rows() };
}

/** Records; an unreadable one is thrown as an error of the file. */
async function* readable(found: AsyncIterable<TableRecord>, file: { readonly name: string }): AsyncGenerator<TableRecord> {
  try {
    yield* found;
  } catch (error) {
    throw error instanceof Broken ? brokenRow(error, file) : error;
  }
}

const NAMES: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'vertical bar' };

interface FaultParams {
  readonly header: readonly string[];
  /** Hint for a row of another length. */
  readonly hint: string;
}

/** Why a row is invalid; undefined if it is valid. */
function faultOf({ fields, line }: TableRecord, { header, hint }: FaultParams): Fault | undefined {
  if (fields.length !== header.length) {
    return {
      kind: 'fields',
      at: line,
      what: `The row has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, the header has ${header.length}.`,
      hint,
    };
  }
  const zero = fields.find((field) => field.includes('\0'));
  return zero === undefined
    ? undefined
    : {
        kind: 'zero',
        at: line,
        what: `The row contains a NUL character: "${bounded(zero.replaceAll('\0', '\\0'), SHOWN)}".`,
        hint: `Check ${option('encoding')}.`,
      };
}

/** Maximum characters of a field shown in an error. */
const SHOWN = 40;

function brokenRow({ message, line, quote }: Broken, file: { readonly name: string }): Error {
  switch (quote) {
    case 'unclosed':
      return badRow(file, line, 'A quote opened in this row is never closed.');
    case 'inside':
      return badRow(file, line, 'The row has an unescaped quote inside a field.', 'Put the field in quotes and double the quotes inside.');
    default:
      return badRow(file, line, message);
  }
}

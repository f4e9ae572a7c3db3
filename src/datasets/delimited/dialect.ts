import { columnAt } from '../table.ts';
import type { Column } from '../table-row.ts';
import type { Block } from '../line-blocks.ts';
import { textBlocks, type TextSource } from '../text-source.ts';
import { Broken, records, type Dialect } from './records.ts';
import { own } from '../../own.ts';

/** Field delimiters and their names. */
export const DELIMITERS: Readonly<Record<string, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'vertical bars' };

export interface DialectParams {
  readonly source: TextSource;
  readonly columns: readonly Column[];
  /** Delimiter suggested by the file's name. */
  readonly natural: string;
  /** The user's delimiter. */
  readonly delimiter: string | undefined;
  /** false: quotes are literal text. */
  readonly quotes?: boolean | undefined;
  readonly find: (sentence: string) => void;
}

/** Number of records that delimiter detection looks at. */
const LOOKED_AT = 100;

/**
 * Detects how a text table is to be read. The delimiter is the user's; that of an Excel line `sep=;`; that of the file's name if the header
 * then has the requested columns; or else the only other one with which it has them and all first rows have its length. Reports deviations
 * from the file's name.
 */
export async function findDialect({ source, columns, natural, delimiter: asked, quotes, find }: DialectParams): Promise<Dialect> {
  const [, declared] = /^"?sep=([^\r\n"])"?\r?(?:\n|\r|$)/i.exec(source.head) ?? [];
  const skip = declared === undefined ? 0 : 1;
  const base = { newline: source.newline, skip };
  const headOf = (delimiter: string) => firstRecords(source, { ...base, delimiter, quotes: true, blanks: delimiter !== '\t' });
  const hasColumns = ([header]: readonly (readonly string[])[]) =>
    header !== undefined && columns.every(({ name }) => columnAt(header, name) >= 0);
  let delimiter = asked ?? declared ?? natural;
  if (asked === undefined && declared === undefined && !hasColumns(await headOf(natural))) {
    const others: { delimiter: string; records: readonly (readonly string[])[] }[] = [];
    for (const other of Object.keys(DELIMITERS).filter((each) => each !== natural)) {
      others.push({ delimiter: other, records: await headOf(other) });
    }
    const even = others.filter(
      ({ records: [header, ...rows] }) => header !== undefined && header.length > 1 && rows.every((row) => row.length === header.length),
    );
    const fitting = even.filter((each) => hasColumns(each.records));
    // If no reading has the columns the error lists the header as read with the default.
    const [taken, second] = fitting.length > 0 ? fitting : (await headOf(natural))[0]?.length === 1 ? even : [];
    if (taken !== undefined && second === undefined) delimiter = taken.delimiter;
  }
  if (delimiter !== natural && asked === undefined) {
    find(
      'Fields are separated by ' +
        `${own(DELIMITERS, delimiter) ?? `"${delimiter}"`}${declared === undefined ? '' : ', as stated in its first line'}.`,
    );
  }
  const [header] = await firstRecords(source, { ...base, delimiter, quotes: true, blanks: false });
  const blanks =
    delimiter !== '\t' &&
    delimiter !== ' ' &&
    header !== undefined &&
    header.length > 1 &&
    header.slice(1).every((name) => /^ +\S/.test(name));
  if (blanks) find('Spaces after delimiters are ignored, because the header has them too.');
  const dialect = { ...base, delimiter, blanks };
  if (quotes !== undefined) return { ...dialect, quotes };
  return { ...dialect, quotes: delimiter !== '\t' || (await quotesOf(source, { ...dialect, quotes: true }, find)) };
}

/** The first records of a file, as far as they are readable. */
async function firstRecords({ head, whole }: TextSource, dialect: Dialect): Promise<(readonly string[])[]> {
  const found: (readonly string[])[] = [];
  try {
    for await (const { fields } of records(inPieces(head), dialect)) {
      found.push(fields);
      if (found.length > LOOKED_AT) break;
    }
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
  }
  // The last one may continue beyond the part that was read.
  return whole || found.length > LOOKED_AT ? found : found.slice(0, -1);
}

/** The whole lines of the beginning of a file. */
async function* wholeLines({ head, whole, newline }: TextSource): AsyncGenerator<Block> {
  yield { text: whole ? head : head.slice(0, head.lastIndexOf(newline) + 1), firstLine: 1, bad: [] };
}

/** Characters parsed at a time: the first records are a small part of a long beginning. */
const PIECE_LETTERS = 8192;

async function* inPieces(text: string): AsyncGenerator<Block> {
  for (let at = 0; at < text.length; at += PIECE_LETTERS) yield { text: text.slice(at, at + PIECE_LETTERS), firstLine: 1, bad: [] };
}

/**
 * Whether quotes of a tab-separated file follow RFC 4180, as pandas writes them, or are literal. They are literal if they do not match, if
 * reading them as quotes would join lines that are each a row of the header's length, or would yield more rows of another length. If both
 * readings are possible they are quotes, as for other programs. Reported if the two readings differ.
 */
async function quotesOf(source: TextSource, dialect: Dialect, find: (sentence: string) => void): Promise<boolean> {
  let opening = 0;
  const plain = await shapeOf(source, { ...dialect, quotes: false }, (fields) => {
    if (fields.some((field) => field.startsWith('"'))) opening++;
  });
  if (opening === 0) return false;
  const quoted = await shapeOf(source, dialect);
  const why =
    quoted === undefined
      ? 'they would not match'
      : plain!.torn === 0 && quoted.rows < plain!.rows
        ? 'they would join whole rows'
        : quoted.torn > plain!.torn
          ? 'more rows would not fit the header'
          : undefined;
  if (why !== undefined) {
    find(`Quotes are read as text: as field quotes, ${why}.`);
    return false;
  }
  find(
    `Quotes are read as field quotes, not as text (${opening} ${opening === 1 ? 'line has' : 'lines have'} a field that begins ` +
      `with one)${plain!.torn === 0 ? '; ambiguous' : ''}.`,
  );
  return true;
}

interface Shape {
  readonly rows: number;
  /** Number of rows whose length differs from the header. */
  readonly torn: number;
}

/** Undefined if quotes do not match. */
async function shapeOf(
  source: TextSource,
  dialect: Dialect,
  look: (fields: readonly string[]) => void = () => {},
): Promise<Shape | undefined> {
  let header: number | undefined;
  let [rows, torn] = [0, 0];
  try {
    // A stream is judged by its beginning.
    for await (const { fields } of records(source.bytes === undefined ? textBlocks(source) : wholeLines(source), dialect)) {
      header ??= fields.length;
      rows++;
      if (fields.length !== header) torn++;
      look(fields);
    }
    return { rows, torn };
  } catch (error) {
    if (error instanceof Broken) return undefined;
    throw error;
  }
}

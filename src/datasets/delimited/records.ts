import { CsvError, parse, type Parser } from 'csv-parse';
import type { BadLine } from '../decode.ts';
import type { Block } from '../line-blocks.ts';
import { linesOf } from '../lines.ts';

/** How fields and rows are separated. */
export interface Dialect {
  readonly delimiter: string;
  readonly newline: '\n' | '\r';
  /** RFC 4180: a quoted field may contain delimiters, newlines and doubled quotes. Otherwise quotes are literal text. */
  readonly quotes: boolean;
  /** Blanks after a delimiter are ignored. */
  readonly blanks: boolean;
  /** Lines before the header that do not belong to the table. */
  readonly skip: number;
}

export interface Record {
  readonly fields: readonly string[];
  /** First line of the record in the file. */
  readonly line: number;
  /** One of its lines that is invalid in the encoding. */
  readonly bad: BadLine | undefined;
}

/** An unreadable record, after which reading cannot continue. */
export class Broken extends Error {
  readonly line: number;
  readonly quote: 'unclosed' | 'inside' | undefined;

  constructor(message: string, { line, quote }: { line: number; quote: Broken['quote'] }) {
    super(message);
    this.line = line;
    this.quote = quote;
  }
}

/** Records of a text, the header first, without empty lines. Throws Broken. */
export function records(blocks: AsyncIterable<Block>, dialect: Dialect): AsyncGenerator<Record> {
  return dialect.quotes ? quotedRecords(behind(blocks, dialect), dialect) : plainRecords(behind(blocks, dialect), dialect);
}

/** The text after the lines that do not belong to the table. */
async function* behind(blocks: AsyncIterable<Block>, { skip, newline }: Dialect): AsyncGenerator<Block> {
  let left = skip;
  for await (const block of blocks) {
    let start = 0;
    for (; left > 0 && start < block.text.length; left--) {
      const end = block.text.indexOf(newline, start);
      start = end < 0 ? block.text.length : end + 1;
    }
    const skipped = start === 0 ? 0 : block.text.slice(0, start).split(newline).length - 1;
    if (start < block.text.length) yield { text: block.text.slice(start), firstLine: block.firstLine + skipped, bad: block.bad };
  }
}

async function* plainRecords(blocks: AsyncIterable<Block>, { delimiter, newline }: Dialect): AsyncGenerator<Record> {
  for await (const { text, firstLine, bad } of blocks) {
    const badLines = new Map(bad.map((each) => [each.line, each]));
    let line = firstLine;
    for (const row of linesOf(text, newline)) {
      const bare = newline === '\n' && row.endsWith('\r') ? row.slice(0, -1) : row;
      if (bare !== '') yield { fields: bare.split(delimiter), line, bad: badLines.get(line) };
      line++;
    }
  }
}

/** Block by block: records parsed from a block are passed on before the next, so that memory does not grow with the file. */
async function* quotedRecords(blocks: AsyncIterable<Block>, { delimiter, newline, blanks }: Dialect): AsyncGenerator<Record> {
  let found: { fields: string[]; line: number; end: number }[] = [];
  let line = 0; // counted here: the parser's own count takes "\r\n" inside quotes for two lines
  let empty = 0;
  let bad: BadLine[] = [];
  const past = (emptyLines: number): void => {
    line += emptyLines - empty;
    empty = emptyLines;
  };
  const parser: Parser = parse({
    delimiter,
    record_delimiter: newline === '\n' ? ['\r\n', '\n'] : '\r',
    ltrim: blanks,
    relax_column_count: true,
    skip_empty_lines: true, // a line of `""` is not empty, but an empty text
    on_record: (fields: string[], { empty_lines: emptyLines }) => {
      past(emptyLines);
      const first = line;
      for (const field of fields) for (let at = field.indexOf(newline); at >= 0; at = field.indexOf(newline, at + 1)) line++;
      found.push({ fields, line: first, end: line });
      line++;
      // The parser must see each record as the first, which defines the expected length: for other lengths it would create an error with a
      // stack.
      Object.assign(parser.info, { records: 0 });
      return null;
    },
  });
  let failure: unknown;
  parser.on('error', (error) => {
    if (error instanceof CsvError) past(Number(error['empty_lines']));
    failure = error;
  });
  const handed = function* (): Generator<Record> {
    for (const { fields, line: first, end } of found) {
      while (bad.length > 0 && bad[0]!.line < first) bad.shift();
      yield { fields, line: first, bad: bad.length > 0 && bad[0]!.line <= end ? bad[0] : undefined };
    }
    found = [];
    if (failure !== undefined) throw broken(failure, line);
  };
  for await (const block of blocks) {
    if (line === 0) line = block.firstLine;
    bad = [...bad, ...block.bad];
    await new Promise<void>((resolve) => parser.write(block.text, () => resolve()));
    yield* handed();
  }
  await new Promise<void>((resolve) => parser.end(() => resolve()));
  yield* handed();
}

function broken(error: unknown, line: number): unknown {
  if (!(error instanceof CsvError)) return error;
  const unclosed = error.code === 'CSV_QUOTE_NOT_CLOSED';
  const inside = error.code === 'CSV_INVALID_CLOSING_QUOTE' || error.code === 'INVALID_OPENING_QUOTE';
  return new Broken(error.message, { line, quote: unclosed ? 'unclosed' : inside ? 'inside' : undefined });
}

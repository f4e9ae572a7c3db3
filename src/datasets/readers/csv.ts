import { CsvError, parse } from 'csv-parse';
import type { Encoding } from '../decode.ts';
import { blocks } from '../lines.ts';
import { badRow, textFile, type ReaderFile } from '../reader.ts';
import { findColumns, pickCells, tableReader, type TableRows } from '../table.ts';

const MEND = 'Put a field that has a comma in quotes.';

/** Comma-separated, header first, quotes as in RFC 4180: a quoted field may hold commas, newlines and doubled quotes. */
export const csvRows: TableRows = async function* ({ file, encoding, columns }) {
  let header: string[] | undefined;
  let numbers: number[] = [];
  for await (const { fields, line } of records(file, encoding)) {
    if (header === undefined) {
      header = fields;
      numbers = findColumns(columns, header, file);
    } else {
      yield pickCells({ fields, header, numbers, file, line, mend: MEND });
    }
  }
};

export const csv = tableReader(csvRows);

interface CsvRecord {
  readonly fields: string[];
  /** Line of the file that the record begins on. */
  readonly line: number;
}

/** Block by block: what csv-parse has read of a block is handed on before the next, so that memory does not grow with the file. */
async function* records(file: ReaderFile, encoding: Encoding): AsyncGenerator<CsvRecord> {
  let found: CsvRecord[] = [];
  let line = 1; // counted here: the parser's own count takes "\r\n" inside quotes for two lines
  let empty = 0;
  let width: number | undefined;
  const past = (emptyLines: number): void => {
    line += emptyLines - empty;
    empty = emptyLines;
  };
  const parser = parse({
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true, // a line of `""` is no empty line, but an empty text
    on_record: (fields: string[], { empty_lines: emptyLines }) => {
      past(emptyLines);
      found.push({ fields, line });
      line++;
      // Nothing is read behind a row of another length, which is refused: the parser would make an error with a stack of each.
      if (fields.length !== (width ??= fields.length)) throw new Error('torn');
      for (const field of fields) for (let at = field.indexOf('\n'); at >= 0; at = field.indexOf('\n', at + 1)) line++;
      return null;
    },
  });
  let failure: unknown;
  parser.on('error', (error) => {
    if (error instanceof CsvError) past(Number(error['empty_lines']));
    failure = error;
  });
  for (const block of blocks(textFile(file, encoding))) {
    await new Promise<void>((resolve) => parser.write(block, () => resolve()));
    yield* found;
    found = [];
    if (failure !== undefined) throw broken(failure, file, line);
  }
  await new Promise<void>((resolve) => parser.end(() => resolve()));
  yield* found;
  if (failure !== undefined) throw broken(failure, file, line);
}

function broken(error: unknown, file: ReaderFile, line: number): unknown {
  if (!(error instanceof CsvError)) return error;
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return badRow(file, line, 'The quote that this row opens is never closed.');
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return badRow(file, line, 'The row has a quote inside a field.', 'Put the field in quotes and double the quotes inside.');
    default:
      return badRow(file, line, error.message);
  }
}

import { reason } from '../../errors.ts';
import { lines } from '../lines.ts';
import { badRow, textFile, type ReaderFile } from '../reader.ts';
import { missingColumn, tableReader, type TableRows } from '../table.ts';

/** A JSON object a line. A label may be a text, a number, true or false, or a list of these. */
export const jsonlRows: TableRows = function* ({ file, encoding, columns }) {
  for (const { text, number } of lines(textFile(file, encoding))) {
    if (text.trim() === '') continue;
    const row = parseLine(text, file, number);
    const cells = columns.map(({ role, name }) => {
      if (!Object.hasOwn(row, name)) throw missingColumn({ role, name, header: Object.keys(row), where: `${file.name}:${number}` });
      return row[name];
    });
    yield { cells, at: number };
  }
};

export const jsonl = tableReader(jsonlRows);

function parseLine(text: string, file: ReaderFile, number: number): Record<string, unknown> {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (error) {
    throw badRow(file, number, `The line is not JSON: ${reason(error)}.`);
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) throw badRow(file, number, 'The line is not a JSON object.');
  return row as Record<string, unknown>;
}

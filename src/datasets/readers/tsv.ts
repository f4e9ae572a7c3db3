import { lines } from '../lines.ts';
import { textFile } from '../reader.ts';
import { findColumns, pickCells, tableReader, type TableRows } from '../table.ts';

const MEND = 'Texts with tabs or newlines need a CSV with quotes.';

/** Tab-separated, header first. A quote is text like any other: no field can hold a tab or a newline. */
export const tsvRows: TableRows = function* ({ file, encoding, columns }) {
  let header: string[] | undefined;
  let numbers: number[] = [];
  for (const { text, number } of lines(textFile(file, encoding))) {
    const line = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (line === '') continue;
    const fields = line.split('\t');
    if (header === undefined) {
      header = fields;
      numbers = findColumns(columns, header, file);
    } else {
      yield pickCells({ fields, header, numbers, file, line: number, mend: MEND });
    }
  }
};

export const tsv = tableReader(tsvRows);

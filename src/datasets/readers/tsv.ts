import { delimitedRows } from '../delimited/rows.ts';
import { tableReader } from '../table.ts';

/** Tab-separated, with header. Quotes are literal, unless all quotes of the file surround fields. Other delimiters are detected. */
export const tsvRows = delimitedRows('\t');

export const tsv = tableReader(tsvRows);

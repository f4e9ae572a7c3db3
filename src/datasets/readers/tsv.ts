import { delimitedRows } from '../delimited/rows.ts';
import { tableReader } from '../table.ts';

/**
 * Tab-separated, header first. A quote is text like any other, unless all quotes of the file stand around fields. Other delimiters are
 * found out.
 */
export const tsvRows = delimitedRows('\t');

export const tsv = tableReader(tsvRows);

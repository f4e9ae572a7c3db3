import { delimitedRows } from '../delimited/rows.ts';
import { tableReader } from '../table.ts';

/** Comma-separated, header first, quotes as in RFC 4180. Other delimiters are found out. */
export const csvRows = delimitedRows(',');

export const csv = tableReader(csvRows);

import { delimitedRows } from '../delimited/rows.ts';
import { tableReader } from '../table.ts';

/** Comma-separated, with header, quotes as in RFC 4180. Other delimiters are detected. */
export const csvRows = delimitedRows(',');

export const csv = tableReader(csvRows);

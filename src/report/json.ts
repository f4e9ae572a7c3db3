import { sortRows } from '../results/order.ts';
import { COLUMNS, SCORE_COLUMNS, type Column, type Failure, type Row } from '../results/row.ts';
import { numberReasons } from './reasons.ts';
import { NO_TITLES } from './titles.ts';

const NUMBERS: ReadonlySet<Column> = new Set([...SCORE_COLUMNS, 'k', 'max_length', 'texts_cut', 'recall', 'seed', 'epoch']);

/** Rows and failures for programs: numbers are numbers, what does not apply is null. The same bytes for the same rows. */
export function jsonOf({ rows, failures = [] }: { readonly rows: readonly Row[]; readonly failures?: readonly Failure[] | undefined }): string {
  const value = {
    rows: sortRows(rows).map((row) => Object.fromEntries(COLUMNS.map((column) => [column, valueOf(column, row[column])]))),
    failures: numberReasons({ failures, titles: NO_TITLES }).sorted.map(({ encoder, dataset, pooling, objective, reason }) => ({ encoder, dataset, pooling: pooling ?? null, objective: objective ?? null, reason })),
  };
  return jsonText(value);
}

/** A value as JSON that a terminal may show: JSON leaves DEL, the C1 control characters and marks of direction as they are. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(/[\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g, escaped)}\n`;
}

function valueOf(column: Column, text: string): string | number | null {
  if (text === '') return null;
  return NUMBERS.has(column) && Number.isFinite(Number(text)) ? Number(text) : text;
}

function escaped(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

import { KEY_COLUMNS, type Row } from './row.ts';

/** Identifies a result: equal for two rows of the same result. */
export function resultKey(row: Row): string {
  return JSON.stringify(KEY_COLUMNS.map((column) => row[column]));
}

/** The rows of a file after a run: a recomputed result replaces its old row, all other old rows stay. */
export function mergeRows({ old, fresh }: { readonly old: readonly Row[]; readonly fresh: readonly Row[] }): Row[] {
  return [...new Map([...old, ...fresh].map((row) => [resultKey(row), row])).values()];
}

import { COLUMNS, KEY_COLUMNS, type Column, type Row } from './row.ts';

/**
 * Sort order of rows in a file: dataset, encoder, then the other key columns in order, then the rest. Each is compared naturally (layer 10
 * follows layer 9). It depends on the rows only, never on the order or number of the runs that made them, so that a diff of two files shows
 * only scores.
 */
const ORDER: readonly Column[] = [...new Set<Column>(['dataset', 'encoder', ...KEY_COLUMNS, ...COLUMNS])];

/** Rows in the order of the file; the given array is not changed. */
export function sortRows(rows: readonly Row[]): Row[] {
  return rows.toSorted(compareRows);
}

export function compareRows(a: Row, b: Row): number {
  for (const column of ORDER) {
    const order = natural(a[column], b[column]);
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * Compares runs of digits by value and all else by code unit (never by locale, which differs between machines). Texts that differ only in
 * leading zeros are compared as strings, so that only equal texts give 0.
 */
export function natural(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [tokens(a), tokens(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const order = compareTokens(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  return left.length - right.length || (a < b ? -1 : 1);
}

function tokens(text: string): readonly string[] {
  return text.match(/[0-9]+|[^0-9]+/g) ?? [];
}

/** Numbers before words. */
function compareTokens(a: string, b: string): number {
  const [numberA, numberB] = [isDigit(a), isDigit(b)];
  if (numberA !== numberB) return numberA ? -1 : 1;
  if (!numberA) return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [a.replace(/^0+(?=.)/, ''), b.replace(/^0+(?=.)/, '')];
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
}

function isDigit(token: string): boolean {
  return token[0]! >= '0' && token[0]! <= '9';
}

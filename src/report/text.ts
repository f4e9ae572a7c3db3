import { printable } from '../printable.ts';

export { escapeMarkdown, printable } from '../printable.ts';

/** A CSV row, safe for a terminal. */
export function printableValues<T extends Readonly<Record<string, string>>>(row: T): T {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, printable(value)])) as T;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

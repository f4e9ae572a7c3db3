import { stripVTControlCharacters } from 'node:util';

/**
 * Names and reasons come from files and servers. Control characters would let them write over a terminal, and marks that
 * turn the direction of text would let them look like something else: both are left out. Line ends become spaces.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\s\u2028\u2029\u0085]+/gu, ' ')
    .replace(/[\p{Cc}\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu, '')
    .trim();
}

/** A row of a CSV as a terminal may show it. */
export function printableValues<T extends Readonly<Record<string, string>>>(row: T): T {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, printable(value)])) as T;
}

/** Text as markdown shows it, whatever marks it has. */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replace(/[\\|*_`[\]~$#]/g, String.raw`\$&`)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

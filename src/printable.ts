import { stripVTControlCharacters } from 'node:util';

/**
 * Names and reasons come from files and servers. Control characters would let them overwrite a terminal, and bidirectional marks would let
 * them look like something else: both are removed. Line ends become spaces.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\s\u2028\u2029\u0085]+/gu, ' ')
    .replace(/[\p{Cc}\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu, '')
    .trim();
}

/** Text escaped for markdown. */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replace(/[\\|*_`[\]~$#]/g, String.raw`\$&`)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}

/**
 * Character classes as the `tokenizers` library has them, for use inside [] with the flag `u`. Where a table of Unicode decides,
 * it is that of the running Node.
 */

/** What Rust's regular expressions call \w. */
export const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';

/** Punctuation as BERT has it: Unicode's, and whatever of ASCII is neither letter, digit, blank nor control character. */
export const PUNCTUATION = '\\p{P}!-\\/:-@\\[-`\\{-~';

/** What Rust and Unicode call white space; \s has U+FEFF besides, and lacks U+0085. */
const SPACE = /^\p{White_Space}$/u;

/** Whether the character at an index is white space. All white space has one code unit. */
function isSpaceAt(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit > 0x20 && unit < 0x7f ? false : SPACE.test(text[at] ?? '');
}

/** Where the white space that ends at `end` begins. */
export function spaceBefore(text: string, end: number): number {
  let start = end;
  while (start > 0 && isSpaceAt(text, start - 1)) start--;
  return start;
}

/** Where the white space that begins at `start` ends. */
export function spaceAfter(text: string, start: number): number {
  let end = start;
  while (end < text.length && isSpaceAt(text, end)) end++;
  return end;
}

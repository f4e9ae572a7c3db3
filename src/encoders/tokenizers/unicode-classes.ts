/** Character classes of the `tokenizers` library, for use inside [] with the flag `u`. Unicode tables are those of the running Node. */

/** \w of Rust's regular expressions. */
export const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';

/** BERT's punctuation: Unicode's, and every ASCII character that is not a letter, digit, blank or control character. */
export const PUNCTUATION = '\\p{P}!-\\/:-@\\[-`\\{-~';

/** White space of Rust and Unicode; \s also includes U+FEFF, but not U+0085. */
const SPACE = /^\p{White_Space}$/u;

/** Whether the character at an index is white space. All white space has one code unit. */
function isSpaceAt(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit > 0x20 && unit < 0x7f ? false : SPACE.test(text[at] ?? '');
}

/** Start of the white space that ends at `end`. */
export function spaceBefore(text: string, end: number): number {
  let start = end;
  while (start > 0 && isSpaceAt(text, start - 1)) start--;
  return start;
}

/** End of the white space that begins at `start`. */
export function spaceAfter(text: string, start: number): number {
  let end = start;
  while (end < text.length && isSpaceAt(text, end)) end++;
  return end;
}

import type { TextReader } from './prompted-text.ts';
import type { WordTokens } from './word-tokens.ts';

const BLANKS_AT_END = / +$/;

/**
 * The tokens of a sentence that came split into words, as `encode(words, is_pretokenized=True)` of the `tokenizers` library gives them, and
 * of each word where its sub-tokens are. A word is never split again into words of its own, whatever it holds: blanks, "▁", signs. One that
 * spells a special token that is looked for in texts has that token as its sub-token. Byte-level words have a blank before them (see
 * `blankMark`).
 *
 * Cut at the limit as a text is; a word whose sub-tokens are partly behind it keeps those before it. Words stand behind the prompt, whose
 * tokens are never a word's; blanks at its end are left out, for the words behind bring theirs.
 */
export function encodeWords({ tokenizer, maxLength, prompt }: TextReader, words: readonly string[]): WordTokens {
  return tokenizer.encodeWords(words, maxLength, prompt && beforeWords(prompt));
}

/** What of a prompt stands before the words of a sentence. */
export function beforeWords({ text }: { readonly text: string }): string {
  return text.replace(BLANKS_AT_END, '');
}

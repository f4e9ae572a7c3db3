import type { TextReader } from './prompted-text.ts';
import type { WordTokens } from './word-tokens.ts';

const BLANKS_AT_END = / +$/;

/**
 * The tokens of a sentence split into words, as from `encode(words, is_pretokenized=True)` of the `tokenizers` library, with the position
 * of each word's sub-tokens. A word is never split into further words, whatever it contains: blanks, "▁", punctuation. One that equals a
 * special token recognised in texts becomes that token. Byte-level words have a blank before them (see `blankMark`).
 *
 * Truncated at the length limit like a text; a word cut by the limit keeps its sub-tokens before it. Words follow the prompt, whose tokens
 * belong to no word; trailing blanks of the prompt are removed, as the first word brings its own.
 */
export function encodeWords({ tokenizer, maxLength, prompt }: TextReader, words: readonly string[]): WordTokens {
  return tokenizer.encodeWords(words, maxLength, prompt && beforeWords(prompt));
}

/** The prompt as put before the words of a sentence. */
export function beforeWords({ text }: { readonly text: string }): string {
  return text.replace(BLANKS_AT_END, '');
}

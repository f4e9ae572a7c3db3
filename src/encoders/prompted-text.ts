import type { TextTokenizer, Tokens } from './tokenizer.ts';
import { wordStarts } from './words.ts';

/** What is put before every text of an encoder. */
export interface Prompt {
  /** undefined for a text that was given as such. */
  readonly name: string | undefined;
  readonly text: string;
  /** Tokens of the prompt alone, without special ones. */
  readonly length: number;
  /** Tokens at the beginning of a text that are left out where a prompt does not count, special ones included (see `tokensCounted`). */
  readonly tokens: number;
}

/** What decides the tokens of an encoder's texts. */
export interface TextReader {
  readonly tokenizer: TextTokenizer;
  /** Tokens, special ones included, at which a text is cut. */
  readonly maxLength: number;
  /** What is put before every text; undefined for nothing. */
  readonly prompt?: Prompt | undefined;
  /** Whether a prompt's tokens are pooled; if omitted, they are. */
  readonly includePrompt?: boolean | undefined;
}

/**
 * The tokens of a text behind the encoder's prompt: both are one string, as in sentence-transformers, and are cut at the limit together.
 * What is cut is the text: its last tokens, or the first behind the prompt where the tokenizer drops first tokens.
 */
export function encodeText({ tokenizer, maxLength, prompt }: TextReader, text: string): Tokens {
  if (prompt === undefined) return tokenizer.encode(text, maxLength);
  return tokenizer.encode(prompt.text + text, maxLength, prompt.length);
}

/** Tokens at the beginning of every text that poolings leave out: those of a prompt that does not count. */
export function skippedTokens({ prompt, includePrompt = true }: Pick<TextReader, 'prompt' | 'includePrompt'>): number {
  return includePrompt ? 0 : (prompt?.tokens ?? 0);
}

/** Positions of words' first sub-tokens among the tokens of a text that `encodeText` gave. The prompt's words are none of the text's. */
export function wordPositions(text: string, { tokenizer, maxLength, prompt }: TextReader, { ids, total }: Tokens): Int32Array {
  const last = ids.length - (tokenizer.specials - tokenizer.leading);
  // Of a text that loses its first tokens, the words that begin behind them are left.
  const lost = tokenizer.truncation === 'left' ? total - ids.length : 0;
  const stay = prompt?.length ?? 0;
  return wordStarts(text, tokenizer, { limit: maxLength + lost, before: prompt?.text })
    .filter((start) => start < stay || start >= stay + lost)
    .map((start) => (start < stay ? start : start - lost) + tokenizer.leading)
    .filter((start) => start < last);
}

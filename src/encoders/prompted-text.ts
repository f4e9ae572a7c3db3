import type { TextTokenizer, Tokens } from './tokenizer.ts';
import { wordStarts } from './words.ts';

/** Prompt put before every text of an encoder. */
export interface Prompt {
  /** undefined for a literal text. */
  readonly name: string | undefined;
  readonly text: string;
  /** Number of tokens of the prompt, without special ones. */
  readonly length: number;
  /** Number of leading tokens to exclude from pooling if a prompt is excluded, special tokens included (see `tokensCounted`). */
  readonly tokens: number;
}

/** What determines the tokens of an encoder's texts. */
export interface TextReader {
  readonly tokenizer: TextTokenizer;
  /** Maximum length in tokens, special tokens included. */
  readonly maxLength: number;
  /** Prompt put before every text; undefined for none. */
  readonly prompt?: Prompt | undefined;
  /** Whether a prompt's tokens are pooled. Default: true. */
  readonly includePrompt?: boolean | undefined;
}

/**
 * The tokens of a text with the encoder's prompt: both are one string, as in sentence-transformers, and truncated together. Only the text
 * is truncated: its last tokens, or the first after the prompt if the tokenizer truncates on the left.
 */
export function encodeText({ tokenizer, maxLength, prompt }: TextReader, text: string): Tokens {
  if (prompt === undefined) return tokenizer.encode(text, maxLength);
  return tokenizer.encode(prompt.text + text, maxLength, prompt.length);
}

/** Number of leading tokens of every text excluded from pooling: those of a prompt that is excluded. */
export function skippedTokens({ prompt, includePrompt = true }: Pick<TextReader, 'prompt' | 'includePrompt'>): number {
  return includePrompt ? 0 : (prompt?.tokens ?? 0);
}

/** Positions of words' first sub-tokens among the tokens of a text returned by `encodeText`. The prompt's words are not included. */
export function wordPositions(text: string, { tokenizer, maxLength, prompt }: TextReader, { ids, total }: Tokens): Int32Array {
  const last = ids.length - (tokenizer.specials - tokenizer.leading);
  // If a text is truncated on the left, the words that begin after the removed tokens remain.
  const lost = tokenizer.truncation === 'left' ? total - ids.length : 0;
  const stay = prompt?.length ?? 0;
  return wordStarts(text, tokenizer, { limit: maxLength + lost, before: prompt?.text })
    .filter((start) => start < stay || start >= stay + lost)
    .map((start) => (start < stay ? start : start - lost) + tokenizer.leading)
    .filter((start) => start < last);
}

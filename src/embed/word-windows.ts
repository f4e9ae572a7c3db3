import { setImmediate } from 'node:timers/promises';
import type { Encoder } from '../encoders/encoder.ts';
import { encodeWords } from '../encoders/encode-words.ts';
import { checkIds } from '../encoders/token-rows.ts';
import type { WordTokens } from '../encoders/word-tokens.ts';

/** Maximum sentences, and tokens, that are tokenised before they are sorted into batches: bounds memory for a large dataset. */
const WINDOW_SENTENCES = 8192;
const WINDOW_TOKENS = 1 << 20;
/** Sentences tokenised before other work may run. */
const SLICE_SENTENCES = 64;

/** Sentences that are tokenised together, before they are sorted into batches. */
export interface WordWindow {
  /** Rows in `sentences`. */
  readonly rows: readonly number[];
  readonly tokens: readonly WordTokens[];
  /** Start of the next window. */
  readonly to: number;
}

interface TokeniseParams {
  readonly encoder: Encoder;
  readonly sentences: readonly (readonly string[])[];
  readonly rows: readonly number[];
  readonly from: number;
}

/** Tokenises the next window of sentences, letting other work run in between. Throws TOKENIZER for a token without an embedding. */
export async function tokeniseSentences({ encoder, sentences, rows, from }: TokeniseParams): Promise<WordWindow> {
  const window = { rows: [] as number[], tokens: [] as WordTokens[] };
  let count = 0;
  let to = from;
  for (; to < rows.length && window.rows.length < WINDOW_SENTENCES && count < WINDOW_TOKENS; to++) {
    const row = rows[to]!;
    const tokens = sentenceTokens(encoder, sentences[row]!);
    window.rows.push(row);
    window.tokens.push(tokens);
    count += tokens.ids.length;
    if (window.rows.length % SLICE_SENTENCES === 0) await setImmediate();
  }
  return { ...window, to };
}

/** Tokens of a sentence, all known to the encoder. Throws TOKENIZER. */
export function sentenceTokens(encoder: Encoder, words: readonly string[]): WordTokens {
  const tokens = encodeWords(encoder, words);
  const { vocabulary = Infinity } = encoder;
  if (tokens.ids.some((id) => id >= vocabulary)) checkIds(encoder, tokens.ids, words.join(' '));
  return tokens;
}

import { createHash, hash } from 'node:crypto';
import type { Encoder } from '../encoders/encoder.ts';
import { isPair, type EncoderInput } from '../encoders/encoder-input.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import { GRAPH_EDIT_VERSION } from '../graph/poolings.ts';

/** Bytes of a text's hash: 128 bits, far beyond any chance of two texts sharing one. */
export const HASH_BYTES = 16;

/** All that makes a vector besides its text and its pooling. */
export interface VectorKey {
  readonly file: string;
  readonly tokenizer: string;
  readonly graphEdit: number;
  /** Null, as JSON has it, and Infinity: no limit. */
  readonly maxLength: number | null;
  readonly dtype: string;
  /** What stands before every text; left out where nothing does, as in keys of before there were prompts. */
  readonly prompt?: string;
  /** Tokens of the prompt that poolings leave out; left out where they count. */
  readonly skip?: number;
  /** What tables called the encoder when its first vectors were stored: for people, no part of what makes a vector. */
  readonly encoder?: string;
}

/** All that makes a vector of this encoder, besides text and pooling. */
export function vectorKey(encoder: Encoder): VectorKey {
  const { fileHash: file, tokenizer, maxLength, prompt } = encoder;
  const key = { file, tokenizer: tokenizer.hash, graphEdit: GRAPH_EDIT_VERSION, maxLength, dtype: 'f32', encoder: encoder.name };
  if (prompt === undefined || prompt.text === '') return key;
  const skip = skippedTokens(encoder);
  return { ...key, prompt: prompt.text, ...(skip > 0 && { skip }) };
}

/** Name of a key's folder. */
export function keyHash({ file, tokenizer, graphEdit, maxLength, dtype, prompt, skip = 0 }: VectorKey): string {
  const parts = [file, tokenizer, graphEdit, maxLength, dtype, ...(prompt === undefined ? [] : [prompt, skip])];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Name of a text in the store: bytes as a string of as many characters, the smallest key that there is. */
export function textHash(text: string): string {
  // Not an object a text: of static encoders that is a tenth of the time.
  return hash('sha256', text, 'buffer').toString('latin1', 0, HASH_BYTES);
}

/** A byte that no text has in UTF-8. */
const NO_TEXT = Buffer.of(0xff);

/** Goes up when pairs get other vectors than before from the same files: those that are stored are not used again. */
const PAIR_VERSION = 1;

/** Name of a text or a pair in the store: a pair's is no text's, whatever that says. */
export function inputHash(input: EncoderInput): string {
  if (!isPair(input)) return textHash(input);
  const { first, second } = input;
  const named = createHash('sha256')
    .update(NO_TEXT)
    .update(JSON.stringify(['pair', PAIR_VERSION, first, second]));
  return named.digest().toString('latin1', 0, HASH_BYTES);
}

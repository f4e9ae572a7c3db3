import { createHash } from 'node:crypto';
import type { Encoder } from '../encoders/encoder.ts';
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
}

/** All that makes a vector of this encoder, besides text and pooling. */
export function vectorKey(encoder: Encoder): VectorKey {
  const { fileHash: file, tokenizer, maxLength } = encoder;
  return { file, tokenizer: tokenizer.hash, graphEdit: GRAPH_EDIT_VERSION, maxLength, dtype: 'f32' };
}

/** Name of a key's folder. */
export function keyHash(key: VectorKey): string {
  const parts = [key.file, key.tokenizer, key.graphEdit, key.maxLength, key.dtype];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Name of a text in the store: bytes as a string of as many characters, the smallest key that there is. */
export function textHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest().toString('latin1', 0, HASH_BYTES);
}

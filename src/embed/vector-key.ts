import { createHash, hash } from 'node:crypto';
import type { Encoder } from '../encoders/encoder.ts';
import { isPair, type EncoderInput } from '../encoders/encoder-input.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import { GRAPH_EDIT_VERSION } from '../graph/poolings.ts';

/** Bytes of a text's hash: 128 bits, which makes collisions practically impossible. */
export const HASH_BYTES = 16;

/** Everything that determines a vector, except its text and its pooling. */
export interface VectorKey {
  readonly file: string;
  readonly tokenizer: string;
  readonly graphEdit: number;
  /** Null, as in JSON, and Infinity: no limit. */
  readonly maxLength: number | null;
  readonly dtype: string;
  /** Prompt put before every text; omitted if none, as in keys of older versions. */
  readonly prompt?: string;
  /** Number of prompt tokens excluded from pooling; omitted if they are included. */
  readonly skip?: number;
  /** Device that it was computed on; omitted for the CPU. */
  readonly device?: string;
  /** Name of the encoder when its first vectors were stored: human-readable only. */
  readonly encoder?: string;
}

/** Everything that determines a vector of this encoder, except text and pooling. */
export function vectorKey(encoder: Encoder): VectorKey {
  const { fileHash: file, tokenizer, maxLength, prompt, device } = encoder;
  const key = {
    file,
    tokenizer: tokenizer.hash,
    graphEdit: GRAPH_EDIT_VERSION,
    maxLength,
    dtype: 'f32',
    encoder: encoder.name,
    ...(device !== 'cpu' && { device }),
  };
  if (prompt === undefined || prompt.text === '') return key;
  const skip = skippedTokens(encoder);
  return { ...key, prompt: prompt.text, ...(skip > 0 && { skip }) };
}

/** Name of a key's folder. */
export function keyHash({ file, tokenizer, graphEdit, maxLength, dtype, prompt, skip = 0, device }: VectorKey): string {
  const named = device === undefined ? [] : [{ device }];
  const parts = [file, tokenizer, graphEdit, maxLength, dtype, ...(prompt === undefined ? [] : [prompt, skip]), ...named];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Key of a text in the store: bytes as a string of the same length, the most compact kind of key. */
export function textHash(text: string): string {
  // Avoids an object per text: for static encoders that is a tenth of the time.
  return hash('sha256', text, 'buffer').toString('latin1', 0, HASH_BYTES);
}

/** A byte that does not occur in UTF-8. */
const NO_TEXT = Buffer.of(0xff);

/** Increased when the vectors of pairs change for the same files: stored ones are then not used. */
const PAIR_VERSION = 1;

/** Key of a text or a pair in the store: that of a pair differs from that of any text. */
export function inputHash(input: EncoderInput): string {
  if (!isPair(input)) return textHash(input);
  const { first, second } = input;
  const named = createHash('sha256')
    .update(NO_TEXT)
    .update(JSON.stringify(['pair', PAIR_VERSION, first, second]));
  return named.digest().toString('latin1', 0, HASH_BYTES);
}

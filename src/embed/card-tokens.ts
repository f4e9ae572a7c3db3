import type { CardMemory } from '../devices/smallest-memory.ts';
import type { EncoderShape } from '../encoders/encoder-shape.ts';
import { LINEAR_POOLINGS } from './pool-weights.ts';

/** A batch of fewer tokens leaves a card idle; one that does not fit is halved. */
export const LEAST_CARD_TOKENS = 1024;
/** More than keeps a card busy, as far as is known: `npm run perf -- card` measures whether. */
export const MOST_CARD_TOKENS = 65_536;

const FLOAT_BYTES = 4;
/** Of the free memory, without the weights: the rest is for buffers that the runtime keeps, and for other programs. */
const SHARE = 1 / 2;
/** The largest buffer of some drivers (SwiftShader's, for one). */
const BUFFER_BYTES = 2 ** 30;

/**
 * Estimated bytes that a token takes in a pass without gradients, in texts of this length. At its peak a layer has eight vectors of a token
 * (states, queries, keys, values and copies of them by heads), four of the feed-forward network's width (before and after its activation,
 * two each if it has a gate), and for each head a score and a weight for every token of the text. What earlier layers had is free again,
 * except for the pooled vectors of a text, which there are twice: of each hidden state, and all together. Measured: docs/devices.md.
 */
export function bytesPerToken(shape: EncoderShape, length: number): number {
  const { width, inner, heads } = shape;
  return FLOAT_BYTES * (8 * width + 4 * inner + 2 * heads * length + 2 * pooledPerToken(shape, length));
}

/** Numbers of all pooled vectors of a text, for each of its tokens. */
function pooledPerToken({ layers, width }: EncoderShape, length: number): number {
  return (LINEAR_POOLINGS.length * (layers + 1) * width) / Math.max(1, length);
}

/**
 * Tokens per batch of texts of this length on a card: as many as fill half of what is free, without the weights, and no more than make the
 * largest tensor 1 GiB; from 1,024 to 65,536.
 */
export function tokensOnCard({ shape, free }: { readonly shape: EncoderShape; readonly free: CardMemory['free'] }, length: number): number {
  const filling = (SHARE * (free - shape.weightBytes)) / bytesPerToken(shape, length);
  const inOneBuffer = BUFFER_BYTES / (FLOAT_BYTES * Math.max(shape.inner, shape.heads * length, pooledPerToken(shape, length)));
  return Math.max(LEAST_CARD_TOKENS, Math.min(MOST_CARD_TOKENS, Math.floor(Math.min(filling, inOneBuffer))));
}

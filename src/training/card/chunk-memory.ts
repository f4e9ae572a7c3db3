import type { EncoderShape } from '../../encoders/encoder-shape.ts';
import type { BatchSizes } from '../../encoders/families/text-graph.ts';

const FLOAT_BYTES = 4;
const GIB = 2 ** 30;
/** Of a card's memory: the rest is for what the estimate leaves out, for updates, and for other programs. */
const SHARE = 0.8;
/** A chunk may take this part of it, even if weights, gradients and moments leave less: what does not fit is halved. */
const LEAST_SHARE = 1 / 8;

/** A run takes as much as this many layers besides what they keep: for the layer that the backward pass is at, and buffers that stay. */
const LAYERS_MORE = 2;

/**
 * Estimated bytes of a run over texts with its backward pass, dropout masks included. Of a token a layer keeps ten vectors of the states'
 * width and two of the feed-forward network's, and of every two tokens of a text, for each head, a weight, its mask and the masked weight
 * (Korthikanti et al. 2022, "Reducing activation recomputation in large transformer models", in float32). For texts of 512 tokens that is
 * 1.8 MB per token of a base encoder: with its weights, gradients and moments 12 GB at MOST_MASK_BYTES, where a step on the CPU takes 11.
 */
export function chunkBytes({ layers, width, inner, heads }: EncoderShape, { batch, tokens, rows }: BatchSizes): number {
  return FLOAT_BYTES * (layers + LAYERS_MORE) * (rows * (10 * width + 2 * inner) + 3 * heads * batch * tokens ** 2);
}

/**
 * Bytes that a chunk may take by that estimate on a card with `total` bytes of memory, of which weights, gradients and moments take
 * `resident`. Chunks decide dropout masks, so that this must be the same in every run on a card: what is free at the moment does not count,
 * and the total counts in whole GiB, as drivers tell a few MiB more or less.
 */
export function chunkRoom({ total, resident }: { readonly total: number; readonly resident: number }): number {
  const whole = Math.round(total / GIB) * GIB || total;
  return Math.max(SHARE * whole - resident, LEAST_SHARE * whole);
}

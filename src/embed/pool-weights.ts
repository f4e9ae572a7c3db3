import type { TokenPooling } from './vectors.ts';

/**
 * Poolings that are weighted sums of token vectors: all but the maximum. All of them are computed always, at a
 * thousandth of the encoder's time: a product of another shape may round otherwise, and a vector must not depend, not even in
 * its last bit, on what else a run wants.
 */
export const LINEAR_POOLINGS = ['cls', 'mean', 'last', 'weighted-mean', 'word-mean'] as const satisfies readonly TokenPooling[];
export type LinearPooling = (typeof LINEAR_POOLINGS)[number];

export interface PoolWeightsParams {
  /** Tokens of each text of the batch, special tokens included: the texts of a batch are equally long. */
  readonly length: number;
  /** Texts in the batch. */
  readonly count: number;
  /** Of each text, positions of its words' first sub-tokens among its tokens; left out where no word-mean is wanted. */
  readonly words?: readonly Int32Array[] | undefined;
}

/**
 * Weights [count, LINEAR_POOLINGS, length] of each token in each pooling.
 *
 * `weighted-mean` weighs token i of n with i + 1 (sentence-transformers' "weightedmean", Muennighoff 2022); `last` is the
 * last token, the separator. `word-mean` is zero for a text without words.
 */
export function poolWeights({ length, count, words }: PoolWeightsParams): Float32Array {
  const weights = new Float32Array(count * LINEAR_POOLINGS.length * length);
  let at = 0;
  for (let text = 0; text < count; text++) {
    for (const pooling of LINEAR_POOLINGS) {
      fillPoolWeights(weights.subarray(at, at + length), pooling, words?.[text]);
      at += length;
    }
  }
  return weights;
}

/** Weights of the tokens of one text in one pooling. Fills `weights` [tokens]: zeros before. */
export function fillPoolWeights(weights: Float32Array, pooling: LinearPooling, words: Int32Array | undefined): void {
  const n = weights.length;
  switch (pooling) {
    case 'cls':
      weights[0] = 1;
      return;
    case 'last':
      weights[n - 1] = 1;
      return;
    case 'mean':
      weights.fill(1 / n);
      return;
    case 'weighted-mean':
      for (let i = 0; i < n; i++) weights[i] = (2 * (i + 1)) / (n * (n + 1));
      return;
    case 'word-mean':
      for (const start of words ?? []) weights[start]! += 1 / words!.length;
      return;
    default:
      pooling satisfies never;
  }
}

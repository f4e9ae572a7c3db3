import type { PublishedToken } from '../encoders/published/pooling.ts';
import type { TokenPooling } from './vectors.ts';

/**
 * Poolings that are weighted sums of token vectors: all but the maximum. All of them are always computed, at a thousandth of the encoder's
 * time: a matrix product of another shape may round differently, and a vector must be bit-identical whatever else a run requests.
 */
export const LINEAR_POOLINGS = ['cls', 'mean', 'last', 'weighted-mean', 'word-mean'] as const satisfies readonly TokenPooling[];
export type LinearPooling = (typeof LINEAR_POOLINGS)[number];
/** All poolings that are weighted sums. */
export type WeightedPooling = LinearPooling | Exclude<PublishedToken, 'max'>;

export interface PoolWeightsParams {
  /** Tokens of each text of the batch, special tokens included: all texts of a batch have the same length. */
  readonly length: number;
  /** Number of texts in the batch. */
  readonly count: number;
  /** Positions of the words' first sub-tokens among the tokens of each text; omitted if word-mean is not used. */
  readonly words?: readonly Int32Array[] | undefined;
  /** Number of leading tokens to exclude: those of a prompt that is excluded from pooling. */
  readonly skip?: number | undefined;
}

/**
 * Weights [count, LINEAR_POOLINGS, length] of each token in each pooling.
 *
 * `weighted-mean` weighs token i of n with i + 1 (sentence-transformers' "weightedmean", Muennighoff 2022); `last` is the
 * last token, the separator. `word-mean` is zero for a text without words.
 */
export function poolWeights({ length, count, words, skip }: PoolWeightsParams): Float32Array {
  const weights = new Float32Array(count * LINEAR_POOLINGS.length * length);
  let at = 0;
  for (let text = 0; text < count; text++) {
    for (const pooling of LINEAR_POOLINGS) {
      fillPoolWeights(weights.subarray(at, at + length), pooling, { words: words?.[text], skip });
      at += length;
    }
  }
  return weights;
}

export interface TextTokens {
  /** Positions of the words' first sub-tokens; only for word-mean. */
  readonly words?: Int32Array | undefined;
  /** Number of leading tokens to exclude. Default: 0. */
  readonly skip?: number | undefined;
}

/**
 * Weights of the tokens of one text in one pooling. Fills `weights` [tokens], initially zeros. Excluded tokens (`skip`) count as masked in
 * every pooling, and later ones keep their positions in a weighted mean, as in sentence-transformers
 * (sentence_transformers/sentence_transformer/modules/pooling.py): if all tokens are excluded the first is `cls`, and all else is zero.
 */
export function fillPoolWeights(weights: Float32Array, pooling: WeightedPooling, { words, skip = 0 }: TextTokens = {}): void {
  const n = weights.length;
  const left = Math.max(0, n - skip);
  switch (pooling) {
    case 'cls':
      weights[left === 0 ? 0 : skip] = 1;
      return;
    case 'last':
      if (left > 0) weights[n - 1] = 1;
      return;
    case 'mean':
      weights.fill(1 / left, skip);
      return;
    case 'mean-sqrt':
      weights.fill(1 / Math.sqrt(left), skip);
      return;
    case 'weighted-mean': {
      const sum = (n * (n + 1) - skip * (skip + 1)) / 2;
      for (let i = skip; i < n; i++) weights[i] = (i + 1) / sum;
      return;
    }
    case 'word-mean': {
      const pooled = words?.filter((start) => start >= skip) ?? [];
      for (const start of pooled) weights[start]! += 1 / pooled.length;
      return;
    }
    default:
      pooling satisfies never;
  }
}

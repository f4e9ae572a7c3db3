import type { PublishedToken } from '../encoders/published/pooling.ts';
import type { TokenPooling } from './vectors.ts';

/**
 * Poolings that are weighted sums of token vectors: all but the maximum. All of them are computed always, at a
 * thousandth of the encoder's time: a product of another shape may round otherwise, and a vector must not depend, not even in
 * its last bit, on what else a run wants.
 */
export const LINEAR_POOLINGS = ['cls', 'mean', 'last', 'weighted-mean', 'word-mean'] as const satisfies readonly TokenPooling[];
export type LinearPooling = (typeof LINEAR_POOLINGS)[number];
/** All weighted sums there are. */
export type WeightedPooling = LinearPooling | Exclude<PublishedToken, 'max'>;

export interface PoolWeightsParams {
  /** Tokens of each text of the batch, special tokens included: the texts of a batch are equally long. */
  readonly length: number;
  /** Texts in the batch. */
  readonly count: number;
  /** Of each text, positions of its words' first sub-tokens among its tokens; left out where no word-mean is wanted. */
  readonly words?: readonly Int32Array[] | undefined;
  /** Leading tokens that are left out: those of a prompt that is not pooled. */
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
  /** Positions of the words' first sub-tokens; for word-mean alone. */
  readonly words?: Int32Array | undefined;
  /** Leading tokens that are left out; 0 where left out. */
  readonly skip?: number | undefined;
}

/**
 * Weights of the tokens of one text in one pooling. Fills `weights` [tokens]: zeros before. Tokens that are left out (`skip`) are to every
 * pooling as if a mask hid them, and those behind keep their places in a weighted mean, as sentence-transformers has it
 * (sentence_transformers/sentence_transformer/modules/pooling.py): of a text without others the first token is `cls`, all else is zero.
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

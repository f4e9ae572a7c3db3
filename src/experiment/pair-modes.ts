import type { Dataset } from '../datasets/dataset.ts';
import { textsOfPairs } from '../embed/pair-rows.ts';
import type { EncoderInput } from '../encoders/encoder-input.ts';

/** How the two texts of a pair are read: each by itself, or both as one input with a separator between them. */
export const PAIR_MODES = ['separate', 'joint'] as const;
export type PairMode = (typeof PAIR_MODES)[number];

/** The ways in which a dataset is read: of single texts one. */
export function pairModes({ seconds }: Pick<Dataset, 'seconds'>, asked: readonly PairMode[] = ['separate']): readonly PairMode[] {
  return seconds === undefined ? ['separate'] : asked;
}

/** What an encoder is given of a dataset: its texts; of pairs all first texts, then all second ones, or both together. */
export function inputsOfDataset({ texts, seconds }: Pick<Dataset, 'texts' | 'seconds'>, mode: PairMode): readonly EncoderInput[] {
  if (mode === 'separate' || seconds === undefined) return textsOfPairs({ texts, seconds });
  return texts.map((first, row) => ({ first, second: seconds[row]! }));
}

/** A vector with how pairs are read for it, where that is together. */
export function inMode<V extends object>(vector: V, mode: PairMode): V & { readonly pair?: 'joint' } {
  return mode === 'joint' ? { ...vector, pair: 'joint' } : vector;
}

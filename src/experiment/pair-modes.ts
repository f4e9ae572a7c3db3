import type { Dataset } from '../datasets/dataset.ts';
import { textsOfPairs } from '../embed/pair-rows.ts';
import type { EncoderInput } from '../encoders/encoder-input.ts';

/** How the two texts of a pair are encoded: separately, or as one input with a separator between them. */
export const PAIR_MODES = ['separate', 'joint'] as const;
export type PairMode = (typeof PAIR_MODES)[number];

/** The pair modes of a dataset; a single one for single texts. */
export function pairModes({ seconds }: Pick<Dataset, 'seconds'>, asked: readonly PairMode[] = ['separate']): readonly PairMode[] {
  return seconds === undefined ? ['separate'] : asked;
}

/** Inputs of an encoder for a dataset: its texts; for pairs all first texts, then all second ones, or both joined. */
export function inputsOfDataset({ texts, seconds }: Pick<Dataset, 'texts' | 'seconds'>, mode: PairMode): readonly EncoderInput[] {
  if (mode === 'separate' || seconds === undefined) return textsOfPairs({ texts, seconds });
  return texts.map((first, row) => ({ first, second: seconds[row]! }));
}

/** A vector together with its pair mode, if joint. */
export function inMode<V extends object>(vector: V, mode: PairMode): V & { readonly pair?: 'joint' } {
  return mode === 'joint' ? { ...vector, pair: 'joint' } : vector;
}

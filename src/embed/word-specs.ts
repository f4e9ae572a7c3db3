import { chosenLayers, range, type PoolingsParams, type VectorSpec } from './vectors.ts';

/** How the sub-tokens of a word become its vector: the first (Devlin et al. 2019, section 5.3), their mean, the last. */
export const WORD_POOLINGS = ['first', 'mean', 'last'] as const;
export type WordPooling = (typeof WORD_POOLINGS)[number];

/** One vector of a word: a pooling of its sub-tokens in one hidden state, or the mean or concatenation over several. */
export interface WordSpec extends Pick<VectorSpec, 'layers' | 'combine'> {
  readonly word: WordPooling;
}

/** Name of a word's vector: `words-first@6`, `words-mean@mean(0-6)`. Names stored vectors, distinct from those of texts. */
export function wordSpecName({ word, layers, combine }: WordSpec): string {
  if (combine === 'one') return `words-${word}@${layers[0]}`;
  const isRange = layers.every((layer, i) => layer === layers[0]! + i);
  return `words-${word}@${combine}(${isRange ? `${layers[0]}-${layers.at(-1)}` : layers.join('+')})`;
}

/** Dimensions of a word's vector, given the width of a hidden state. */
export function wordSpecWidth({ layers, combine }: WordSpec, width: number): number {
  return combine === 'concat' ? layers.length * width : width;
}

/** A word vector as described by a row of the table. */
export interface PooledWords {
  readonly word: WordPooling;
  /** `last`, a layer number, `0..L`, `1..L`. */
  readonly layers: string;
  readonly spec: WordSpec;
}

export interface WordPoolingsParams extends Omit<PoolingsParams, 'poolings' | 'published'> {
  readonly words: readonly WordPooling[];
}

/**
 * The word vectors of poolings for an encoder of `depth` layers: of each of `layers`, then the means over layers. A static encoder (depth
 * 0) has no means. Throws OPTION for a layer that it does not have.
 */
export function pooledWords({ words, layers, layerMeans, depth, encoder }: WordPoolingsParams): PooledWords[] {
  const single = chosenLayers(layers, depth, encoder);
  return words.flatMap((word): PooledWords[] => [
    ...single.map((layer) => ({
      word,
      layers: layers === 'last' ? 'last' : String(layer),
      spec: { word, layers: [layer], combine: 'one' as const },
    })),
    ...(depth === 0 ? [] : layerMeans).map((mean) => ({
      word,
      layers: mean,
      spec: { word, layers: range(mean === '0..L' ? 0 : 1, depth), combine: 'mean' as const },
    })),
  ]);
}

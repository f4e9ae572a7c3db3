import type { VectorSpec } from './vectors.ts';

/** How the sub-tokens of a word become its vector: the first (Devlin et al. 2019, section 5.3), their mean, the last. */
export const WORD_POOLINGS = ['first', 'mean', 'last'] as const;
export type WordPooling = (typeof WORD_POOLINGS)[number];

/** One vector of a word: a pooling of its sub-tokens in one hidden state, or over several their mean, or side by side. */
export interface WordSpec extends Pick<VectorSpec, 'layers' | 'combine'> {
  readonly word: WordPooling;
}

/** Name of a word's vector: `words-first@6`, `words-mean@mean(0-6)`. Names stored vectors, apart from those of texts. */
export function wordSpecName({ word, layers, combine }: WordSpec): string {
  if (combine === 'one') return `words-${word}@${layers[0]}`;
  const isRange = layers.every((layer, i) => layer === layers[0]! + i);
  return `words-${word}@${combine}(${isRange ? `${layers[0]}-${layers.at(-1)}` : layers.join('+')})`;
}

/** Numbers in a word's vector, from the width of a hidden state. */
export function wordSpecWidth({ layers, combine }: WordSpec, width: number): number {
  return combine === 'concat' ? layers.length * width : width;
}

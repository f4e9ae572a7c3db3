import { holm } from './holm.ts';
import { mcnemarPairs, type RightTexts } from './mcnemar-pairs.ts';
import { isCorrect, type Outcomes } from './outcomes.ts';

/**
 * p-values of each being as good as the first, the best of them, text by text (McNemar's exact test); of the first 1. All of the same texts.
 * Adjusted for every two of them (Holm 1979): the best is found in the same texts, and a choice among equals finds differences.
 */
export function againstFirst(all: readonly Outcomes[]): number[] {
  if (all.length === 0) return [];
  return [1, ...holm(mcnemarPairs(all.map(rightOf))).slice(0, all.length - 1)];
}

function rightOf(outcomes: Outcomes): RightTexts {
  const right = new Uint32Array(Math.ceil(outcomes.truth.length / 32));
  for (let i = 0; i < outcomes.truth.length; i++) if (isCorrect(outcomes, i)) right[i >>> 5]! |= 1 << (i & 31);
  return right;
}

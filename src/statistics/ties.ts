import { ALPHA, holm } from './holm.ts';
import { mcnemarPairs, type RightTexts } from './mcnemar-pairs.ts';
import { isCorrect, type Outcomes } from './outcomes.ts';

/**
 * p-values of each being as good as the first, the best of them, text by text (McNemar's exact test); of the first 1. All of the same texts.
 * Adjusted for every two of them (Holm 1979): the best is found in the same texts, and a choice among equals finds differences.
 */
export function againstFirst(all: readonly Outcomes[]): number[] {
  return all.length === 0 ? [] : [1, ...everyTwo(all).slice(0, all.length - 1)];
}

/** The same of every two: (0, 1), (0, 2), …, (1, 2), …. */
export function everyTwo(all: readonly Outcomes[]): number[] {
  return holm(mcnemarPairs(all.map(rightOf)));
}

export interface Standing {
  /** From 1; what no test tells from the first shares 1. */
  readonly rank: number;
  /** Whether it is one of several that may be the best. */
  readonly tied: boolean;
}

/** Ranks of a list, best first, by the p-value of each being as good as the first; undefined where nothing was tested. */
export function standings(ps: readonly (number | undefined)[]): Standing[] {
  const first = ps.map((p) => p !== undefined && p >= ALPHA);
  const shared = first.filter(Boolean).length > 1;
  return ps.map((_, at) => (shared && first[at]! ? { rank: 1, tied: true } : { rank: at + 1, tied: false }));
}

function rightOf(outcomes: Outcomes): RightTexts {
  const right = new Uint32Array(Math.ceil(outcomes.truth.length / 32));
  for (let i = 0; i < outcomes.truth.length; i++) if (isCorrect(outcomes, i)) right[i >>> 5]! |= 1 << (i & 31);
  return right;
}

import { againstBest, isTied } from './against-best.ts';
import { mcnemarAgainst, type CorrectTexts } from './mcnemar-against.ts';
import { isCorrect, type Outcomes } from './outcomes.ts';

/**
 * Holm-corrected p of each of a list, best first, being as good as the first, by exact McNemar tests; of the first 1. All of the same
 * texts.
 */
export function againstFirst(all: readonly Outcomes[]): number[] {
  const right = all.map(correctOf);
  // The order says which is the best: of equal ones the first.
  const found = againstBest({ scores: all.map((_, at) => -at), test: (best) => mcnemarAgainst(right, best) });
  return [...(found?.ps ?? all.map(() => 1))];
}

export interface Standing {
  /** From 1; what is not significantly different from the first shares 1. */
  readonly rank: number;
  /** Whether it is one of several that may be the best. */
  readonly tied: boolean;
}

/** Ranks of a list, best first, by the p-value of each being as good as the first; undefined where nothing was tested. */
export function standings(ps: readonly (number | undefined)[]): Standing[] {
  const first = ps.map((p) => p !== undefined && isTied(p));
  const shared = first.filter(Boolean).length > 1;
  return ps.map((_, at) => (shared && first[at]! ? { rank: 1, tied: true } : { rank: at + 1, tied: false }));
}

export function correctOf(outcomes: Outcomes): CorrectTexts {
  const right = new Uint32Array(Math.ceil(outcomes.truth.length / 32));
  for (let i = 0; i < outcomes.truth.length; i++) if (isCorrect(outcomes, i)) right[i >>> 5]! |= 1 << (i & 31);
  return right;
}

import { againstBest, isTied } from './against-best.ts';
import { bootstrapAgainst } from './bootstrap-against.ts';
import { mcnemarAgainst, type CorrectTexts } from './mcnemar-against.ts';
import { isCorrect, type ClassOutcomes, type CountOutcomes, type Outcomes } from './outcomes.ts';

/**
 * How a list is compared: by exact McNemar tests for single labels, by a paired bootstrap of Spearman's correlation for regression, and of
 * F1 over sentences for tagging (given as counts).
 */
export type ListTest = 'mcnemar' | 'bootstrap' | 'sentences';

/** Outcomes that can be compared in a list: tags as counts per sentence. */
export type ListOutcomes = Exclude<Outcomes, { readonly kind: 'tags' }> | CountOutcomes;

/** Which test `againstFirst` uses. */
export function testOf(all: readonly ListOutcomes[]): ListTest {
  if (all.some(({ kind }) => kind === 'counts')) return 'sentences';
  return all.some(({ kind }) => kind === 'numbers') ? 'bootstrap' : 'mcnemar';
}

/** Holm-corrected p of each of a list, best first, being as good as the first; 1 for the first. All on the same texts. */
export function againstFirst(all: readonly ListOutcomes[]): number[] {
  const test = pAgainst(all);
  // The order decides which is the best: among equal ones the first.
  const found = againstBest({ scores: all.map((_, at) => -at), test });
  return [...(found?.ps ?? all.map(() => 1))];
}

/** Two-sided p of each being as good as the one at `best`, by the test of `testOf`. */
export function pAgainst(all: readonly ListOutcomes[]): (best: number) => number[] {
  if (testOf(all) === 'sentences') return (best) => bootstrapAgainst({ all: all.map((each) => [each]), best, score: 'f1' });
  if (testOf(all) === 'bootstrap') return (best) => bootstrapAgainst({ all: all.map((each) => [each]), best, score: 'spearman' });
  const right = all.map((each) => correctOf(each as ClassOutcomes));
  return (best) => mcnemarAgainst(right, best);
}

export interface Standing {
  /** From 1; encoders not significantly different from the first share rank 1. */
  readonly rank: number;
  /** Whether it is one of several that may be the best. */
  readonly tied: boolean;
}

/** Ranks of a list, best first, by the p-value of each being as good as the first; undefined if not tested. */
export function standings(ps: readonly (number | undefined)[]): Standing[] {
  const first = ps.map((p) => p !== undefined && isTied(p));
  const shared = first.filter(Boolean).length > 1;
  return ps.map((_, at) => (shared && first[at]! ? { rank: 1, tied: true } : { rank: at + 1, tied: false }));
}

export function correctOf(outcomes: ClassOutcomes): CorrectTexts {
  const right = new Uint32Array(Math.ceil(outcomes.truth.length / 32));
  for (let i = 0; i < outcomes.truth.length; i++) if (isCorrect(outcomes, i)) right[i >>> 5]! |= 1 << (i & 31);
  return right;
}

import { againstBest, isTied } from './against-best.ts';
import { bootstrapAgainst } from './bootstrap-against.ts';
import { mcnemarAgainst, type CorrectTexts } from './mcnemar-against.ts';
import { isCorrect, type ClassOutcomes, type CountOutcomes, type Outcomes } from './outcomes.ts';

/**
 * How a list is compared: by exact McNemar tests where texts have a class each, by paired bootstrap of Spearman's correlation where they
 * are numbers, of F1 over sentences where words have tags (given as counts).
 */
export type ListTest = 'mcnemar' | 'bootstrap' | 'sentences';

/** Outcomes of a list that can be compared: tags as counts of their sentences. */
export type ListOutcomes = Exclude<Outcomes, { readonly kind: 'tags' }> | CountOutcomes;

/** Which test `againstFirst` makes. */
export function testOf(all: readonly ListOutcomes[]): ListTest {
  if (all.some(({ kind }) => kind === 'counts')) return 'sentences';
  return all.some(({ kind }) => kind === 'numbers') ? 'bootstrap' : 'mcnemar';
}

/** Holm-corrected p of each of a list, best first, being as good as the first; of the first 1. All of the same texts. */
export function againstFirst(all: readonly ListOutcomes[]): number[] {
  const test = pAgainst(all);
  // The order says which is the best: of equal ones the first.
  const found = againstBest({ scores: all.map((_, at) => -at), test });
  return [...(found?.ps ?? all.map(() => 1))];
}

/** Two-sided p of each being as good as the one at `best`, as `testOf` says. */
export function pAgainst(all: readonly ListOutcomes[]): (best: number) => number[] {
  if (testOf(all) === 'sentences') return (best) => bootstrapAgainst({ all: all.map((each) => [each]), best, score: 'f1' });
  if (testOf(all) === 'bootstrap') return (best) => bootstrapAgainst({ all: all.map((each) => [each]), best, score: 'spearman' });
  const right = all.map((each) => correctOf(each as ClassOutcomes));
  return (best) => mcnemarAgainst(right, best);
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

export function correctOf(outcomes: ClassOutcomes): CorrectTexts {
  const right = new Uint32Array(Math.ceil(outcomes.truth.length / 32));
  for (let i = 0; i < outcomes.truth.length; i++) if (isCorrect(outcomes, i)) right[i >>> 5]! |= 1 << (i & 31);
  return right;
}

import { ALPHA, holm } from './holm.ts';

/** Scores of one group: one dataset, protocol, split, metric and k, all on the same texts. */
export interface ColumnOfScores {
  /** [k], in display order. */
  readonly scores: readonly number[];
  /** [k] two-sided p of each scoring the same as the one at `best`; the entry of that one itself is ignored. */
  readonly test: (best: number) => readonly number[];
}

export interface AgainstBest {
  /** The highest score; among equal ones the first in display order. */
  readonly best: number;
  /** Number of comparisons that Holm's correction counts: k - 1. */
  readonly comparisons: number;
  /** [k] Holm-corrected; 1 for the best. */
  readonly ps: readonly number[];
}

/**
 * The one rule for significant differences, in every table, list and ranking: each result of a group is compared with the best of that
 * group, and p is Holm-corrected (1979) for the comparisons of that group. So an added result changes other verdicts in only two ways: it
 * adds one comparison, or it is the new best. undefined if there is nothing to compare.
 */
export function againstBest({ scores, test }: ColumnOfScores): AgainstBest | undefined {
  if (scores.length < 2) return undefined;
  const best = scores.indexOf(Math.max(...scores));
  const found = test(best);
  const corrected = holm(found.filter((_, at) => at !== best));
  return { best, comparisons: scores.length - 1, ps: scores.map((_, at) => (at === best ? 1 : corrected[at < best ? at : at - 1]!)) };
}

/** Whether a result is the best, or not significantly different from it. */
export function isTied(p: number): boolean {
  return p >= ALPHA;
}

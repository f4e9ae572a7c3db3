import { ALPHA, holm } from './holm.ts';

/** Results of one column: one dataset, protocol, split, score and k, all of the same texts. */
export interface ColumnOfScores {
  /** [k], in the order in which they are shown. */
  readonly scores: readonly number[];
  /** [k] two-sided p of each being as good as the one at `best`; what it gives for that one itself does not count. */
  readonly test: (best: number) => readonly number[];
}

export interface AgainstBest {
  /** The highest score; of equal ones the first that is shown. */
  readonly best: number;
  /** How many comparisons Holm's correction counts: k - 1. */
  readonly comparisons: number;
  /** [k] Holm-corrected; 1 of the best. */
  readonly ps: readonly number[];
}

/**
 * The one rule by which results are significantly different, in every table, list and ranking: each result of a column is compared with
 * the best of that column, and p is Holm-corrected (1979) for the comparisons of that column. So whatever is added changes other verdicts
 * in two ways alone: one comparison more is counted, or what is added is the best. Undefined where there is nothing to compare.
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

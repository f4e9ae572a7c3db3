import { ALPHA, holm } from './holm.ts';

/** Scores that are compared with each other. */
export interface Contest {
  /** [k] */
  readonly scores: readonly number[];
  /** [k (k - 1) / 2] p of every two: (0, 1), (0, 2), …, (1, 2), …. */
  readonly ps: readonly number[];
}

/**
 * Of each contest which scores are the best, or not told from it; where several are the best, from none of them. All pairs are tested, not
 * the best with each other one alone: which is the best is found in the same texts, and such a choice finds differences among equals.
 * p-values are adjusted for the tests of all contests together (Holm 1979).
 */
export function bestGroups(contests: readonly Contest[]): boolean[][] {
  const adjusted = holm(contests.flatMap(({ ps }) => ps));
  let start = 0;
  return contests.map(({ scores, ps }) => {
    const from = start;
    start += ps.length;
    const best = Math.max(...scores);
    return scores.map((score, j) => score === best || scores.every((other, i) => other !== best || adjusted[from + pairAt(i, j, scores.length)]! >= ALPHA));
  });
}

/** Where the pair of two stands among those of k. */
function pairAt(a: number, b: number, k: number): number {
  const [i, j] = [Math.min(a, b), Math.max(a, b)];
  return (i * (2 * k - i - 1)) / 2 + j - i - 1;
}

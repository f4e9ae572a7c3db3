import type { Outcomes } from '../../statistics/outcomes.ts';

/** What a score has to beat. */

export interface Majority {
  /** Classes that at least one text has. */
  readonly classes: number;
  /** Micro-F1, in percent, of predicting the most frequent class for every text. */
  readonly baseline: number;
}

/** Of the texts that were scored, whatever they were given; undefined where they have no classes. */
export function majorityOf(outcomes: Outcomes): Majority | undefined {
  return outcomes.kind === 'numbers' || outcomes.kind === 'tags' ? undefined : majority(outcomes.truth, outcomes.classes);
}

/** `truth`: the class of each text, or its classes. Of several, hits are counted among all that are predicted and all that are true. */
export function majority(truth: ArrayLike<number> | readonly ArrayLike<number>[], classes: number): Majority {
  const counts = new Int32Array(classes);
  for (let text = 0; text < truth.length; text++) {
    const own = truth[text]!;
    if (typeof own === 'number') counts[own]!++;
    else for (let i = 0; i < own.length; i++) counts[own[i]!]!++;
  }
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  const labels = counts.reduce((sum, n) => sum + n, 0);
  return { classes: counts.filter((n) => n > 0).length, baseline: (200 * most) / Math.max(1, truth.length + labels) };
}

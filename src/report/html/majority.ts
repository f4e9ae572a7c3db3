import type { Outcomes } from '../../statistics/outcomes.ts';

/** The majority baseline. */

export interface Majority {
  /** Classes with at least one text. */
  readonly classes: number;
  /** Micro-F1, as a percentage, of predicting the most frequent class for every text. */
  readonly baseline: number;
}

/** Over the texts that were scored, whatever was predicted; undefined if they have no classes. */
export function majorityOf(outcomes: Outcomes): Majority | undefined {
  return outcomes.kind === 'numbers' || outcomes.kind === 'tags' ? undefined : majority(outcomes.truth, outcomes.classes);
}

/** `truth`: the class of each text, or its classes. With several, true positives are counted among all predicted and all true labels. */
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

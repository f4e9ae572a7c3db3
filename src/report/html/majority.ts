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
  if (outcomes.kind === 'numbers' || outcomes.kind === 'tags') return undefined;
  const sets = outcomes.kind === 'multi' ? outcomes.truth : Array.from(outcomes.truth, (label) => [label]);
  return majority(sets, outcomes.classes);
}

/** `sets`: classes of each text. Of several labels per text, hits are counted among all that are predicted and all that are true. */
export function majority(sets: readonly ArrayLike<number>[], classes: number): Majority {
  const counts = new Int32Array(classes);
  let labels = 0;
  for (const set of sets) {
    for (let i = 0; i < set.length; i++) counts[set[i]!]!++;
    labels += set.length;
  }
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  return { classes: counts.filter((n) => n > 0).length, baseline: (200 * most) / Math.max(1, sets.length + labels) };
}

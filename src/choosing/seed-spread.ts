import { groupBy } from '../group-by.ts';
import type { Spread } from './constants.ts';

/** A score, and the training that it is of. */
export interface Scored {
  readonly candidate: string;
  readonly size: number;
  readonly score: number;
}

/**
 * Variance of a score over seeds: what is taken for known, joined with the squares that trainings have which differ in their seed alone, as
 * a mean of variances weighted by degrees of freedom (the mean of a scaled inverse chi-squared posterior, but for its -2).
 */
export function seedVariance(scored: readonly Scored[], { seed, seedWeight }: Pick<Spread, 'seed' | 'seedWeight'>): number {
  let [squares, freedom] = [seedWeight * seed ** 2, seedWeight];
  for (const group of groupBy(scored, ({ candidate, size }) => `${size} ${candidate}`).values()) {
    const mean = group.reduce((sum, { score }) => sum + score, 0) / group.length;
    squares += group.reduce((sum, { score }) => sum + (score - mean) ** 2, 0);
    freedom += group.length - 1;
  }
  return squares / freedom;
}

import { groupBy } from '../group-by.ts';
import type { Spread } from './constants.ts';

/** A score and its training run. */
export interface Scored {
  readonly candidate: string;
  readonly size: number;
  readonly score: number;
}

/**
 * Variance of a score over seeds: the prior combined with the squared deviations of training runs that differ only in their seed, as a mean
 * of variances weighted by degrees of freedom (the mean of a scaled inverse chi-squared posterior, without its -2).
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

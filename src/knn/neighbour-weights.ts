import { HarnessError, option } from '../errors.ts';
import type { Neighbours, Votes } from './types.ts';

/** Throws OPTION where so many neighbours are not among those that were searched. */
export function checkVoters({ k: found }: Neighbours, k: number): void {
  if (Number.isInteger(k) && k >= 1 && k <= found) return;
  throw new HarnessError('OPTION', {
    where: option('k'),
    what: `k = ${k} is larger than the ${found} neighbours searched.`,
    hint: `Use 1 to ${found}.`,
  });
}

/**
 * Fills the weights of the neighbours from `from` on, as scikit-learn has them. `uniform`: 1 each. `distance`: 1 / distance, and where that
 * of the nearest is infinite (at distance 0, or too near for a float64), 1 for those of which it is and 0 for the others.
 */
export function weigh(distances: Float64Array, from: number, votes: Votes, weights: Float64Array): void {
  if (votes === 'uniform') return void weights.fill(1);
  const same = isInfinite(1 / distances[from]!); // the nearest comes first
  for (let i = 0; i < weights.length; i++) {
    const weight = 1 / distances[from + i]!;
    weights[i] = same ? Number(isInfinite(weight)) : weight;
  }
}

function isInfinite(weight: number): boolean {
  return Math.abs(weight) === Infinity;
}

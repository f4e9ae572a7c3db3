import { HarnessError, option } from '../errors.ts';
import type { Neighbours, Votes } from './types.ts';

/** Throws OPTION if k exceeds the neighbours that were searched. */
export function checkVoters({ k: found }: Neighbours, k: number): void {
  if (Number.isInteger(k) && k >= 1 && k <= found) return;
  throw new HarnessError('OPTION', {
    where: option('k'),
    what: `k = ${k} is larger than the ${found} neighbours searched.`,
    hint: `Use 1 to ${found}.`,
  });
}

/**
 * Fills the weights of the neighbours from index `from`, as in scikit-learn. `uniform`: 1 each. `distance`: 1 / distance; if that is
 * infinite for the nearest (at distance 0, or too close for a float64), 1 for all such neighbours and 0 for the others.
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

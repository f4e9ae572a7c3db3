import { HarnessError } from '../errors.ts';
import { checkVoters, weigh } from './neighbour-weights.ts';
import type { Neighbours, Votes } from './types.ts';

export interface NeighbourMeanParams {
  readonly neighbours: Neighbours;
  /** How many of the neighbours count. Default: all. */
  readonly k?: number | undefined;
  /** Target of each row of the corpus matrix. */
  readonly targets: Float64Array;
  /** `distance`: weight 1 / distance, with the rule of `vote` for neighbours at distance 0. */
  readonly votes: Votes;
}

/** Significant digits of a mean: later ones depend on the order of its sum. */
const DIGITS = 12;

/**
 * [queries] mean of the nearest rows' targets, in the target's unit, to twelve digits: scikit-learn's KNeighborsRegressor, except that ties
 * are taken in row order, and that means which are equal up to rounding are equal, since ranks would otherwise distinguish them. Throws
 * OPTION if k exceeds the neighbours searched, SHAPE if a neighbour has no target.
 */
export function neighbourMean({ neighbours, k = neighbours.k, targets, votes }: NeighbourMeanParams): Float64Array {
  checkVoters(neighbours, k);
  const predicted = new Float64Array(neighbours.queries);
  const weights = new Float64Array(k);
  for (let q = 0; q < neighbours.queries; q++) {
    const from = q * neighbours.k;
    weigh(neighbours.distances, from, votes, weights);
    let [sum, total, largest] = [0, 0, 0];
    for (let i = 0; i < k; i++) {
      const row = neighbours.indices[from + i]!;
      const target = targets[row];
      if (target === undefined) throw noTarget(row, targets.length);
      sum += weights[i]! * target;
      largest = Math.max(largest, Math.abs(target));
      total += weights[i]!;
    }
    predicted[q] = withoutRounding(sum / total, largest);
  }
  return predicted;
}

function withoutRounding(mean: number, largest: number): number {
  return Math.abs(mean) < largest * 10 ** -DIGITS ? 0 : Number(mean.toPrecision(DIGITS));
}

function noTarget(row: number, targets: number): HarnessError {
  return new HarnessError('SHAPE', { what: `${targets} targets, and row ${row} is among the neighbours.` });
}

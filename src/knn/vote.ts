import { checkVoters, weigh } from './neighbour-weights.ts';
import type { Neighbours, Votes } from './types.ts';

/**
 * Votes of neighbours as in scikit-learn. `uniform`: one each. `distance`: 1 / distance; if neighbours are at distance 0, these have one
 * vote each and the others none.
 */

/** Sums of 1 / distance whose ratio is above this are ties: rounding must not decide. */
const TIE = 1 - 1e-12;

export interface VoteParams {
  readonly neighbours: Neighbours;
  /** How many of the neighbours vote. Default: all. */
  readonly k?: number | undefined;
  /** Class of each row of the corpus matrix. */
  readonly labels: Int32Array;
  /** Number of classes. */
  readonly classes: number;
  readonly votes: Votes;
}

/** Class of each query [queries]; a tie goes to the smallest class. Throws OPTION if k exceeds the neighbours searched. */
export function vote({ neighbours, k = neighbours.k, labels, classes, votes }: VoteParams): Int32Array {
  checkVoters(neighbours, k);
  const predicted = new Int32Array(neighbours.queries);
  const weights = new Float64Array(k);
  const sums = new Float64Array(classes);
  for (let q = 0; q < neighbours.queries; q++) {
    const from = q * neighbours.k;
    weigh(neighbours.distances, from, votes, weights);
    sums.fill(0);
    let most = 0;
    for (let i = 0; i < k; i++) {
      const label = labels[neighbours.indices[from + i]!]!;
      sums[label]! += weights[i]!;
      most = Math.max(most, sums[label]!);
    }
    predicted[q] = sums.findIndex((sum) => sum >= most * TIE);
  }
  return predicted;
}

export interface MultiLabelVoteParams extends Omit<VoteParams, 'labels'> {
  /** Labels of each row of the corpus matrix, ascending. */
  readonly labelSets: readonly Int32Array[];
}

/** Labels of each query, ascending: each label is voted on separately, and is predicted if it has more than half of the votes. */
export function voteMultiLabel({ neighbours, k = neighbours.k, labelSets, classes, votes }: MultiLabelVoteParams): Int32Array[] {
  checkVoters(neighbours, k);
  const weights = new Float64Array(k);
  const on = new Float64Array(classes);
  const off = new Float64Array(classes);
  return Array.from({ length: neighbours.queries }, (_, q) => {
    const from = q * neighbours.k;
    weigh(neighbours.distances, from, votes, weights);
    const seen = new Set<number>();
    for (let i = 0; i < k; i++) for (const label of labelSets[neighbours.indices[from + i]!]!) seen.add(label);
    for (const label of seen) on[label] = off[label] = 0;
    for (let i = 0; i < k; i++) {
      const has = labelSets[neighbours.indices[from + i]!]!;
      for (const label of seen) (has.includes(label) ? on : off)[label]! += weights[i]!;
    }
    return Int32Array.from(seen)
      .filter((label) => off[label]! < on[label]! * TIE)
      .toSorted();
  });
}

/**
 * Share of the votes [queries, classes] for each class: a row sums to 1, or, if rows of the corpus have several classes, to their weighted
 * number. Classes of corpus row i are `labelSets[i]`. Throws OPTION if k exceeds the neighbours searched.
 */
export function voteShares({ neighbours, k = neighbours.k, labelSets, classes, votes }: MultiLabelVoteParams): Float64Array {
  checkVoters(neighbours, k);
  const shares = new Float64Array(neighbours.queries * classes);
  const weights = new Float64Array(k);
  for (let q = 0; q < neighbours.queries; q++) {
    const from = q * neighbours.k;
    weigh(neighbours.distances, from, votes, weights);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    for (let i = 0; i < k; i++) {
      for (const label of labelSets[neighbours.indices[from + i]!]!) shares[q * classes + label]! += weights[i]! / sum;
    }
  }
  return shares;
}

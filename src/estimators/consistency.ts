import type { Neighbours } from '../knn/types.ts';

/**
 * k-NN consistency: the share of the k nearest other texts that have the text's own class, averaged over texts (label consistency of a
 * neighbourhood graph). A fraction, 0 to 1. `neighbours` must not contain the text itself.
 */
export function consistency({
  neighbours: { indices, queries, k: stride },
  labels,
  k,
}: {
  readonly neighbours: Neighbours;
  readonly labels: Int32Array;
  readonly k: number;
}): number {
  let same = 0;
  for (let q = 0; q < queries; q++) for (let i = 0; i < k; i++) same += Number(labels[indices[q * stride + i]!] === labels[q]);
  return same / (queries * k);
}

import type { Neighbours } from '../knn/types.ts';

/**
 * k-NN consistency: of the k nearest other texts the share that has the text's own class, mean over the texts (label consistency of a
 * neighbourhood graph). A share, 0 to 1. `neighbours` hold no text itself.
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

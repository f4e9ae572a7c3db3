import type { Neighbours } from './types.ts';

/** Texts of the group that has the most. `groups`: ascending. */
export function largestGroup(groups: Int32Array): number {
  let [most, count] = [0, 0];
  for (const [i, group] of groups.entries()) {
    count = i > 0 && group === groups[i - 1] ? count + 1 : 1;
    most = Math.max(most, count);
  }
  return most;
}

/** The nearest `k` of each row without those of its own group. `groups` [queries] of each row, which are the queries too. */
export function withoutGroup({ queries, k: found, indices, distances }: Neighbours, groups: Int32Array, k: number): Neighbours {
  const left = { queries, k, indices: new Int32Array(queries * k), distances: new Float64Array(queries * k) };
  for (let q = 0; q < queries; q++) {
    for (let at = q * found, to = q * k, end = to + k; to < end; at++) {
      if (groups[indices[at]!] === groups[q]) continue;
      left.indices[to] = indices[at]!;
      left.distances[to++] = distances[at]!;
    }
  }
  return left;
}

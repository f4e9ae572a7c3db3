import type { Neighbours } from './types.ts';

/**
 * Neighbours with one position less: without the query's own row, or without the last if that is not among them. Since (distance, row) is
 * an order without ties, a search that excludes the row gives the same. `rows` is the row of each query. Default: its number.
 */
export function withoutSelf({ queries, k, indices, distances }: Neighbours, rows?: Int32Array): Neighbours {
  const left = { queries, k: k - 1, indices: new Int32Array(queries * (k - 1)), distances: new Float64Array(queries * (k - 1)) };
  for (let q = 0; q < queries; q++) {
    const self = rows?.[q] ?? q;
    for (let at = q * k, to = q * (k - 1), end = to + k - 1; to < end; at++) {
      if (indices[at] === self) continue;
      left.indices[to] = indices[at]!;
      left.distances[to++] = distances[at]!;
    }
  }
  return left;
}

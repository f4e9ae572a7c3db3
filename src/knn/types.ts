import type { Matrix } from '../numeric/matrix.ts';

export const METRICS = ['euclidean', 'cosine'] as const;
export type Metric = (typeof METRICS)[number];

export const VOTES = ['uniform', 'distance'] as const;
export type Votes = (typeof VOTES)[number];

export const INDEXES = ['auto', 'exact', 'hnsw'] as const;
export type IndexChoice = (typeof INDEXES)[number];

export const PROTOCOLS = ['complete', 'leave-one-out', 'fit-train'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** The k nearest rows of each query, nearest first; equal distances: the lower row first. */
export interface Neighbours {
  readonly queries: number;
  readonly k: number;
  /** [queries, k] row of the corpus. */
  readonly indices: Int32Array;
  /** [queries, k] distance in float64 (Euclidean, not squared; cosine = 1 - cos). */
  readonly distances: Float64Array;
}

export interface SearchParams {
  /** [n, d] */
  readonly corpus: Matrix;
  /** [m, d]; left out: the corpus itself. */
  readonly queries?: Matrix | undefined;
  readonly k: number;
  readonly metric: Metric;
  /** Only without `queries`: row i is not among its own neighbours. */
  readonly excludeSelf?: boolean | undefined;
  /** Called with the number of queries answered so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

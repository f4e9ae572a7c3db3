import type { Rows } from '../numeric/rows.ts';

export const METRICS = ['euclidean', 'cosine'] as const;
export type Metric = (typeof METRICS)[number];

export const VOTES = ['uniform', 'distance'] as const;
export type Votes = (typeof VOTES)[number];

/** `hnsw` is usearch's, `hnswlib` that of hnswlib-node. */
export const INDEXES = ['auto', 'exact', 'hnsw', 'hnswlib'] as const;
export type IndexChoice = (typeof INDEXES)[number];
/** Index that a search used. */
export type Index = Exclude<IndexChoice, 'auto'>;

/** `leave-one-sentence-out` is for words. */
export const PROTOCOLS = ['complete', 'leave-one-out', 'leave-one-sentence-out', 'fit-train'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** For a text with several labels: only the first, or each voted on and scored separately. */
export const LABEL_MODES = ['first', 'all'] as const;
export type LabelMode = (typeof LABEL_MODES)[number];

/** The k nearest rows of each query, nearest first; ties in favour of the lower row. */
export interface Neighbours {
  readonly queries: number;
  readonly k: number;
  /** [queries, k] row of the corpus matrix. */
  readonly indices: Int32Array;
  /** [queries, k] distance in float64 (Euclidean, not squared; cosine = 1 - cos). */
  readonly distances: Float64Array;
}

/** Vectors held by a Searcher. */
export interface Vectors {
  /** [n, d] */
  readonly corpus: Rows;
  /** [m, d]. Default: the corpus itself. */
  readonly queries?: Rows | undefined;
  readonly metric: Metric;
}

/** One search among the vectors held by a Searcher. */
export interface SearchOptions {
  readonly k: number;
  /** [m, d] used instead of those that the Searcher holds. Their buffer is copied. */
  readonly queries?: Rows | undefined;
  /** Rows of the corpus that may be neighbours, ascending. Default: all. */
  readonly corpusRows?: Int32Array | undefined;
  /** Rows of the queries to search for. Default: all. */
  readonly queryRows?: Int32Array | undefined;
  /** Only without separate queries: a row is not among its own neighbours. */
  readonly excludeSelf?: boolean | undefined;
  /** Called with the number of queries answered so far. What it throws ends the search. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** An exact search. */
export interface ExactOptions extends SearchOptions {
  /**
   * [rows of the corpus matrix] Only without separate queries: exclusion groups. Rows of the same group, 0 or larger, are not each other's
   * neighbours, such as words of a sentence, nor is a row its own.
   */
  readonly exclusion?: Int32Array | undefined;
}

export interface SearchParams extends Vectors, ExactOptions {
  /** Threads of the matrix products. Default: as many as the machine runs in parallel. */
  readonly threads?: number | undefined;
  /**
   * The buffers of the vectors are transferred, not copied: `data` is empty afterwards; files are closed with the search. For large vectors
   * that are not needed again.
   */
  readonly takeOver?: boolean | undefined;
}

/** Malkov and Yashunin 2018: links per row (M), search width while building (efConstruction), search width (ef). */
export interface HnswOptions {
  readonly m: number;
  readonly efConstruction: number;
  readonly ef: number;
  /** Target recall@k, 0 to 1; 0: none. Only usearch. */
  readonly recall: number;
  /** Only hnswlib, which draws a row's layers; usearch always draws the same ones. */
  readonly seed: number;
}

export const HNSW_DEFAULTS: HnswOptions = { m: 32, efConstruction: 200, ef: 100, recall: 0.98, seed: 1 };

import type { Rows } from '../numeric/rows.ts';

export const METRICS = ['euclidean', 'cosine'] as const;
export type Metric = (typeof METRICS)[number];

export const VOTES = ['uniform', 'distance'] as const;
export type Votes = (typeof VOTES)[number];

/** `hnsw` is usearch's, `hnswlib` that of hnswlib-node. */
export const INDEXES = ['auto', 'exact', 'hnsw', 'hnswlib'] as const;
export type IndexChoice = (typeof INDEXES)[number];
/** What a search was done by. */
export type Index = Exclude<IndexChoice, 'auto'>;

/** `leave-one-sentence-out` is of words. */
export const PROTOCOLS = ['complete', 'leave-one-out', 'leave-one-sentence-out', 'fit-train'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Of a text with several labels: the first alone, or each voted on and scored by itself. */
export const LABEL_MODES = ['first', 'all'] as const;
export type LabelMode = (typeof LABEL_MODES)[number];

/** The k nearest rows of each query, nearest first; equal distances: the lower row first. */
export interface Neighbours {
  readonly queries: number;
  readonly k: number;
  /** [queries, k] row of the corpus matrix. */
  readonly indices: Int32Array;
  /** [queries, k] distance in float64 (Euclidean, not squared; cosine = 1 - cos). */
  readonly distances: Float64Array;
}

/** What a Searcher holds. */
export interface Vectors {
  /** [n, d] */
  readonly corpus: Rows;
  /** [m, d]; left out: the corpus itself. */
  readonly queries?: Rows | undefined;
  readonly metric: Metric;
}

/** One search among the vectors that a Searcher holds. */
export interface SearchOptions {
  readonly k: number;
  /** [m, d] asked in place of those that the Searcher holds. Their buffer is copied. */
  readonly queries?: Rows | undefined;
  /** Rows of the corpus that may be neighbours, ascending; left out: all. */
  readonly corpusRows?: Int32Array | undefined;
  /** Rows of the queries that are asked; left out: all. */
  readonly queryRows?: Int32Array | undefined;
  /** Only without queries of their own: a row is not among its own neighbours. */
  readonly excludeSelf?: boolean | undefined;
  /** Called with the number of queries answered so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** An exact search. */
export interface ExactOptions extends SearchOptions {
  /**
   * [rows of the corpus matrix] Only without queries of their own: rows of one number, 0 or more, are none of each other's neighbours, as
   * words of a sentence are not; a row is not among its own.
   */
  readonly kin?: Int32Array | undefined;
}

export interface SearchParams extends Vectors, ExactOptions {
  /** Threads of the matrix products; left out: as many as the machine runs at once. */
  readonly threads?: number | undefined;
  /**
   * The buffers of the vectors are moved, not copied: `data` is empty afterwards; files are closed with the search. For large vectors that
   * are not needed again.
   */
  readonly takeOver?: boolean | undefined;
}

/** Malkov and Yashunin 2018: links a row, width of the search while building, width of the search. */
export interface HnswOptions {
  readonly m: number;
  readonly efConstruction: number;
  readonly ef: number;
  /** recall@k that is sought: 0 to 1; 0: whatever it comes to. Of usearch. */
  readonly recall: number;
  /** Of hnswlib, which draws a row's layers; usearch draws the same ones always. */
  readonly seed: number;
}

export const HNSW_DEFAULTS: HnswOptions = { m: 32, efConstruction: 200, ef: 100, recall: 0.98, seed: 1 };

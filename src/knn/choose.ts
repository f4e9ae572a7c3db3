import { hasHnswLibrary } from './hnswlib.ts';
import type { IndexChoice } from './types.ts';

/**
 * Nanoseconds a column, on the two cores of the machine that these were measured on: of exact search for each pair of
 * query and row; of HNSW (M 16, efConstruction 200, ef 100) for each row to add and each query, times log2(rows).
 * `npm run perf -- knn 40000` measures them anew. Both grow with the columns alike, so the cross-over does not depend on them.
 */
export const SEARCH_COST = { exactPair: 0.0195, hnswAdd: 75, hnswQuery: 60 } as const;

export interface ChooseParams {
  readonly index: IndexChoice;
  /** Rows of the corpus. */
  readonly rows: number;
  readonly queries: number;
  /** Whether hnswlib-node can be loaded; for tests. */
  readonly hasHnsw?: (() => boolean) | undefined;
}

export interface Choice {
  readonly index: 'exact' | 'hnsw';
  /** A sentence for people. */
  readonly why: string;
}

/** `auto` is exact wherever that is no slower, for it alone is right. */
export function chooseIndex({ index, rows, queries, hasHnsw = hasHnswLibrary }: ChooseParams): Choice {
  if (index !== 'auto') return { index, why: `${index}, as asked for.` };
  const size = `${count(queries)} queries among ${count(rows)} rows`;
  const crossOver = `where HNSW is as fast lies at about ${count(crossOverRows())} rows searched for each of them`;
  if (exactCost(queries, rows) <= hnswCost(queries, rows)) return { index: 'exact', why: `exact: the fastest for ${size}; ${crossOver}.` };
  if (!hasHnsw()) return { index: 'exact', why: `exact: HNSW would be faster for ${size} (${crossOver}), but hnswlib-node is not installed.` };
  return { index: 'hnsw', why: `hnsw: faster than exact for ${size}; ${crossOver}.` };
}

/** Rows from which HNSW answers every row of a corpus faster than exact search, to two digits. */
export function crossOverRows(): number {
  let rows = 1000;
  while (exactCost(rows, rows) <= hnswCost(rows, rows)) rows *= 1.01;
  return Number(rows.toPrecision(2));
}

function exactCost(queries: number, rows: number): number {
  return SEARCH_COST.exactPair * queries * rows;
}

function hnswCost(queries: number, rows: number): number {
  return (SEARCH_COST.hnswAdd * rows + SEARCH_COST.hnswQuery * queries) * Math.log2(Math.max(2, rows));
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

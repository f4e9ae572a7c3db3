import { partsOf } from './index-parts.ts';
import type { Index, IndexChoice } from './types.ts';
import { usearchMissing } from './usearch.ts';

/**
 * Nanoseconds per column, on the two cores of the machine that these were measured on: for exact search per pair of query and row; for HNSW
 * (usearch; M 32, efConstruction 200, ef 100) per row to add, and per query in each part of the index, times log2(rows): measured with M 16
 * on an idle machine, times 1.2, the cost ratio of M 32 measured alternately with it. `npm run perf -- knn 20000 50000` measures them
 * again. Both grow equally with the columns, so the cross-over does not depend on them.
 */
export const SEARCH_COST = { exactPair: 0.0102, hnswAdd: 15.6, hnswQuery: 11.3 } as const;

export interface ChooseParams {
  readonly index: IndexChoice;
  /** Number of rows of the corpus. */
  readonly rows: number;
  readonly queries: number;
  /** Why usearch cannot be loaded, or undefined; for tests. */
  readonly missing?: (() => string | undefined) | undefined;
}

export interface Choice {
  readonly index: Index;
  /** Human-readable explanation. */
  readonly why: string;
}

/**
 * `auto` is exact wherever that is not slower, since only exact search has full recall; `hnsw` falls back to it, too, if there is no
 * library for this platform.
 */
export function chooseIndex({ index, rows, queries, missing = usearchMissing }: ChooseParams): Choice {
  if (index === 'hnsw') {
    const why = missing();
    return why === undefined
      ? { index, why: 'hnsw, as requested.' }
      : { index: 'exact', why: `exact, although hnsw was requested: ${why}` };
  }
  if (index !== 'auto') return { index, why: `${index}, as requested.` };
  const size = `${count(queries)} queries among ${count(rows)} rows`;
  const crossOver = `HNSW pays off above about ${count(crossOverRows())} rows`;
  if (exactCost(queries, rows) <= hnswCost(queries, rows)) return { index: 'exact', why: `exact, the fastest for ${size}; ${crossOver}.` };
  const why = missing();
  if (why !== undefined) return { index: 'exact', why: `exact, although HNSW would be faster for ${size} (${crossOver}): ${why}` };
  return { index: 'hnsw', why: `HNSW, faster than exact search for ${size}; ${crossOver}.` };
}

/** Number of rows from which HNSW answers every row of a corpus faster than exact search, to two digits. */
export function crossOverRows(): number {
  let rows = 1000;
  while (exactCost(rows, rows) <= hnswCost(rows, rows)) rows *= 1.01;
  return Number(rows.toPrecision(2));
}

function exactCost(queries: number, rows: number): number {
  return SEARCH_COST.exactPair * queries * rows;
}

function hnswCost(queries: number, rows: number): number {
  return (SEARCH_COST.hnswAdd * rows + SEARCH_COST.hnswQuery * partsOf(rows) * queries) * Math.log2(Math.max(2, rows));
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

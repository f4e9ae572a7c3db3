import { partsOf } from './index-parts.ts';
import type { Index, IndexChoice } from './types.ts';
import { usearchMissing } from './usearch.ts';

/**
 * Nanoseconds a column, on the two cores of the machine that these were measured on: of exact search for each pair of query and row; of
 * HNSW (usearch; M 32, efConstruction 200, ef 100) for each row to add, and each query in each part of the index, times log2(rows): as
 * measured with M 16 on a quiet machine, times 1.2, which M 32 takes of it in turn with that. `npm run perf -- knn 20000 50000` measures
 * them anew. Both grow with the columns alike, so the cross-over does not depend on them.
 */
export const SEARCH_COST = { exactPair: 0.0102, hnswAdd: 15.6, hnswQuery: 11.3 } as const;

export interface ChooseParams {
  readonly index: IndexChoice;
  /** Rows of the corpus. */
  readonly rows: number;
  readonly queries: number;
  /** Why usearch cannot be loaded, or undefined; for tests. */
  readonly missing?: (() => string | undefined) | undefined;
}

export interface Choice {
  readonly index: Index;
  /** A sentence for people. */
  readonly why: string;
}

/** `auto` is exact wherever that is no slower, for it alone is right; `hnsw` too, where there is no library of it for this platform. */
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
  if (exactCost(queries, rows) <= hnswCost(queries, rows)) return { index: 'exact', why: `exact: the fastest for ${size}; ${crossOver}.` };
  const why = missing();
  if (why !== undefined) return { index: 'exact', why: `exact: HNSW would be faster for ${size} (${crossOver}), but ${why}` };
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
  return (SEARCH_COST.hnswAdd * rows + SEARCH_COST.hnswQuery * partsOf(rows) * queries) * Math.log2(Math.max(2, rows));
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

import { loadHnswLibrary } from '../knn/hnswlib.ts';
import type { IndexChoice } from '../knn/types.ts';
import { loadUsearch } from '../knn/usearch.ts';
import type { ConcatJob, ScoreJob } from './job.ts';

/** Loads the library of a search. Throws OPTION if it is not available on this machine. */
export type Libraries = Readonly<Record<'hnsw' | 'hnswlib', () => unknown>>;

const HERE: Libraries = { hnsw: loadUsearch, hnswlib: loadHnswLibrary };

/**
 * The search that a job's rows were planned with, on whatever machine that was: without a library for approximate search, exact rows are
 * planned, and a worker that has the library must give the same rows. Throws OPTION if this machine lacks the library of the planned
 * search.
 */
export function plannedIndex(
  { vectors, settings }: Pick<ScoreJob | ConcatJob, 'vectors' | 'settings'>,
  libraries: Libraries = HERE,
): IndexChoice {
  const planned = new Set(vectors.flatMap(({ rows }) => rows.map(({ index }) => index)));
  for (const index of ['hnsw', 'hnswlib'] as const) if (planned.has(index)) libraries[index]();
  return planned.has('hnsw') || planned.has('hnswlib') ? settings.index : 'exact';
}

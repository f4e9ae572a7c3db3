import { loadHnswLibrary } from '../knn/hnswlib.ts';
import type { IndexChoice } from '../knn/types.ts';
import { loadUsearch } from '../knn/usearch.ts';
import type { ConcatJob, ScoreJob } from './job.ts';

/** Loads the library of a search. Throws OPTION where this machine has none. */
export type Libraries = Readonly<Record<'hnsw' | 'hnswlib', () => unknown>>;

const HERE: Libraries = { hnsw: loadUsearch, hnswlib: loadHnswLibrary };

/**
 * The search that a job's rows were planned with, on whatever machine that was: where there is no library for approximate search exact rows
 * are planned, and whoever has it must give the same. Throws OPTION where this machine lacks the library of a search that was planned.
 */
export function plannedIndex(
  { vectors, settings }: Pick<ScoreJob | ConcatJob, 'vectors' | 'settings'>,
  libraries: Libraries = HERE,
): IndexChoice {
  const planned = new Set(vectors.flatMap(({ rows }) => rows.map(({ index }) => index)));
  for (const index of ['hnsw', 'hnswlib'] as const) if (planned.has(index)) libraries[index]();
  return planned.has('hnsw') || planned.has('hnswlib') ? settings.index : 'exact';
}

import { setImmediate } from 'node:timers/promises';
import { uninterrupted } from '../graph/native-calls.ts';
import type { RowSource } from '../numeric/row-source.ts';
import { loadHnswLibrary, type HnswIndex } from './hnswlib.ts';
import { NearestList } from './nearest-list.ts';
import { emptyFound, type Found, type SearchSpace } from './search-space.ts';
import type { HnswOptions } from './types.ts';

/** Rows added, or queries answered, between two progress reports. */
const SLICE = 256;

export interface HnswlibParams {
  readonly space: SearchSpace;
  readonly options: HnswOptions;
  /** Called with the fraction of the work that is done: the first half is building. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/**
 * Approximate neighbours of each group of queries by hnswlib, ranked by exact distances. Rows are added one after the other by one thread,
 * so that the same rows and seed give the same index. If the index has unreachable parts some lists are too short: those groups are
 * returned in `short`, to be searched exactly.
 */
export async function hnswlibSearch({ space, options, onProgress }: HnswlibParams): Promise<{ found: Found; short: number[] }> {
  const index = await build({ space, options, onProgress: (share) => onProgress?.(share / 2) });
  const { queries, querySquares } = space.vectors;
  const result = emptyFound(space);
  const short: number[] = [];
  const list = new NearestList(space.k);
  const ask = Math.min(space.k, space.indexed.length);
  index?.setEf(Math.max(options.ef, ask));
  for (let group = 0; group < space.queries.count; group++) {
    if (!space.answerZero(group, list)) {
      space.begin(group, list);
      const query = space.queryRow(group);
      const at = point(space, queries, querySquares, query);
      const { neighbors } = uninterrupted(() => index?.searchKnn(at, ask)) ?? { neighbors: [] };
      for (const place of neighbors) space.add(group, space.indexed[place]!, list);
    }
    result.set(group, list);
    if (list.length < space.k) short.push(group);
    if (group % SLICE === 0) {
      onProgress?.(0.5 + group / space.queries.count / 2);
      await setImmediate();
    }
  }
  return { found: result, short };
}

/** Undefined if there is nothing to index. */
async function build({ space, options: { m, efConstruction, seed }, onProgress }: HnswlibParams): Promise<HnswIndex | undefined> {
  const { indexed, corpus, vectors } = space;
  if (indexed.length === 0) return undefined;
  const { HierarchicalNSW } = loadHnswLibrary();
  const index = new HierarchicalNSW('l2', vectors.corpus.cols);
  index.initIndex({ maxElements: indexed.length, m, efConstruction, randomSeed: seed });
  for (const [place, group] of indexed.entries()) {
    const row = point(space, vectors.corpus, vectors.corpusSquares, corpus.first[group]!);
    uninterrupted(() => index.addPoint(row, place));
    if (place % SLICE === 0) {
      onProgress?.(place / indexed.length);
      await setImmediate();
    }
  }
  return index;
}

/** A row as the index takes it: normalised to unit length for the cosine, whose order is then that of Euclidean distances. */
function point({ vectors: { metric } }: SearchSpace, source: RowSource, squares: Float64Array, row: number): number[] {
  const at = source.at(row);
  const values = Array.from(source.data.subarray(at, at + source.cols));
  if (metric === 'euclidean') return values;
  const scale = 1 / Math.sqrt(squares[row]!);
  return values.map((value) => value * scale);
}

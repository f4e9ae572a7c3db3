import { Searcher } from './searcher.ts';
import { HNSW_DEFAULTS, type HnswOptions, type Neighbours, type SearchParams } from './types.ts';

/**
 * Approximate neighbours of each query by a hierarchical navigable small world graph, ranked by exact distances: usearch's, or that of
 * hnswlib. Same vectors, options and seed give the same neighbours. Throws as Searcher's `open`, `hnsw` and `hnswlib` do.
 */
export async function hnsw(
  params: SearchParams,
  options: HnswOptions = HNSW_DEFAULTS,
  index: 'hnsw' | 'hnswlib' = 'hnsw',
): Promise<Neighbours> {
  const searcher = await Searcher.open(params);
  try {
    return await searcher[index](params, options);
  } finally {
    await searcher.close();
  }
}

import { Searcher } from './searcher.ts';
import { HNSW_DEFAULTS, type HnswOptions, type Neighbours, type SearchParams } from './types.ts';

/**
 * Approximate neighbours of each query by a hierarchical navigable small world graph (hnswlib), ranked by exact
 * distances. Same vectors, options and seed give the same neighbours. Throws as Searcher's `open` and `hnsw` do.
 */
export async function hnsw(params: SearchParams, options: HnswOptions = HNSW_DEFAULTS): Promise<Neighbours> {
  const searcher = await Searcher.open(params);
  try {
    return await searcher.hnsw(params, options);
  } finally {
    await searcher.close();
  }
}

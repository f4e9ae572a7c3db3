import { Searcher } from './searcher.ts';
import { HNSW_DEFAULTS, type HnswOptions, type Neighbours, type SearchParams } from './types.ts';

/**
 * Approximate neighbours of each query by HNSW of usearch or hnswlib, ranked by exact distances. The same vectors, options and seed give
 * the same neighbours. Throws what `open`, `hnsw` and `hnswlib` of Searcher throw.
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

import { Searcher } from './searcher.ts';
import type { Neighbours, SearchParams } from './types.ts';

/**
 * The k nearest rows of each query, exactly: distances in float64, ties in favour of the lower row. For several searches among the same
 * vectors open a Searcher. Throws what `open` and `exact` of Searcher throw.
 */
export async function exact(params: SearchParams): Promise<Neighbours> {
  const searcher = await Searcher.open(params);
  try {
    return await searcher.exact(params);
  } finally {
    await searcher.close();
  }
}

import { uninterrupted } from '../graph/native-calls.ts';
import { moved } from '../threads/calls.ts';
import { serve } from '../threads/serve.ts';
import type { PartFound } from './coded-search.ts';
import type { HnswOptions } from './types.ts';
import { asTheyAre, loadUsearch, type UsearchIndex } from './usearch.ts';

/**
 * The thread that holds parts of an index. Rows of a part are added in one order by one thread, so that the same rows give the same index.
 */

const library = loadUsearch();
const parts = new Map<number, UsearchIndex>();

interface OpenParams {
  readonly part: number;
  readonly cols: number;
  readonly options: HnswOptions;
}

interface AddParams {
  readonly part: number;
  /** [n] */
  readonly places: Int32Array;
  /** [n, cols] */
  readonly codes: Int8Array;
}

interface AskParams {
  readonly part: number;
  /** [count, cols] */
  readonly codes: Int8Array;
  readonly count: number;
  /** Number of neighbours returned, the nearest of `ef` candidates. */
  readonly width: number;
  readonly ef: number;
}

function search({ part, codes, count, width, ef }: AskParams): PartFound {
  const asked = Math.max(width, ef);
  // usearch can only use more threads for a search than for adding if rows were added with them, too.
  const { keys, distances, counts } = uninterrupted(() => parts.get(part)!.search(asTheyAre(codes), asked, 1));
  const found: PartFound = { width, places: new Int32Array(count * width).fill(-1), distances: new Float32Array(count * width) };
  for (let query = 0; query < count; query++) {
    const length = Math.min(width, counts === undefined ? keys.length : Number(counts[query]));
    for (let at = 0; at < length; at++) {
      found.places[query * width + at] = Number(keys[query * asked + at]);
      found.distances[query * width + at] = distances[query * asked + at]!;
    }
  }
  return found;
}

const calls = serve({
  open: ({ part, cols, options: { m, efConstruction } }: OpenParams) => {
    const index = new library.Index({
      dimensions: cols,
      metric: 'l2sq',
      quantization: 'i8',
      connectivity: m,
      expansion_add: efConstruction,
      // It uses at least as many candidates as neighbours are requested; the setting of an index cannot be changed.
      expansion_search: 1,
      multi: false,
    });
    parts.set(part, index);
  },
  add: ({ part, places, codes }: AddParams) => {
    uninterrupted(() => parts.get(part)!.add(BigUint64Array.from(places, BigInt), asTheyAre(codes), 1));
  },
  search: (params: AskParams) => {
    const found = search(params);
    return moved(found, [found.places, found.distances]);
  },
});
export type IndexCalls = typeof calls;

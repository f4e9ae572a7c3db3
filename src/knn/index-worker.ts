import { uninterrupted } from '../graph/native-calls.ts';
import { moved } from '../threads/calls.ts';
import { serve } from '../threads/serve.ts';
import type { PartFound } from './coded-search.ts';
import type { HnswOptions } from './types.ts';
import { asTheyAre, loadUsearch, type UsearchIndex } from './usearch.ts';

/** The thread that holds parts of an index. Rows of a part come in one order and by one thread, so that the same rows give the same index. */

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
  readonly width: number;
}

function search({ part, codes, count, width }: AskParams): PartFound {
  // Of more threads usearch knows only where they have added rows, too.
  const { keys, distances, counts } = uninterrupted(() => parts.get(part)!.search(asTheyAre(codes), width, 1));
  const places = new Int32Array(count * width).fill(-1);
  for (let query = 0; query < count; query++) {
    const found = counts === undefined ? keys.length : Number(counts[query]);
    for (let at = query * width, end = at + found; at < end; at++) places[at] = Number(keys[at]);
  }
  return { width, places, distances: counts === undefined ? lengthened(distances, count * width) : distances };
}

function lengthened(distances: Float32Array, length: number): Float32Array {
  const all = new Float32Array(length);
  all.set(distances);
  return all;
}

const calls = serve({
  open: ({ part, cols, options: { m, efConstruction, ef } }: OpenParams) => {
    const index = new library.Index({
      dimensions: cols,
      metric: 'l2sq',
      quantization: 'i8',
      connectivity: m,
      expansion_add: efConstruction,
      expansion_search: ef,
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

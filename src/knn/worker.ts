import type { Matrix } from '../numeric/matrix.ts';
import { moved } from '../threads/calls.ts';
import { serve } from '../threads/serve.ts';
import { exactSearch } from './exact-search.ts';
import { hnswSearch } from './hnsw-search.ts';
import { Products } from './products.ts';
import { askVectors, holdVectors, SearchSpace, type Found, type HeldVectors } from './search-space.ts';
import type { HnswOptions, Metric, Neighbours } from './types.ts';

/** The thread that searches: matrix products and HNSW block their thread, and progress must keep moving. */

/** Milliseconds between two reports of progress. */
const REPORT_EVERY = 50;

interface HoldParams {
  readonly holder: number;
  readonly corpus: Matrix;
  readonly queries: Matrix | undefined;
  readonly metric: Metric;
}

interface FindParams {
  readonly holder: number;
  /** Asked in place of those that are held. */
  readonly queries: Matrix | undefined;
  readonly corpusRows: Int32Array;
  readonly queryRows: Int32Array;
  readonly k: number;
  readonly excludeSelf: boolean;
  readonly threads: number;
  /** Left out: exact. */
  readonly hnsw: HnswOptions | undefined;
  /** `searchGraph()`: made where the library that writes graphs is loaded anyway. */
  readonly graph: Uint8Array;
}

/** Progress message: the number of queries answered so far. */
type Tell = (done: number) => void;

const held = new Map<number, HeldVectors>();
/** Of the number of threads asked for last. */
let products: { readonly threads: number; readonly value: Products } | undefined;

async function find(params: FindParams, tell: Tell): Promise<Neighbours> {
  const vectors = held.get(params.holder)!;
  const space = new SearchSpace({ ...params, vectors: params.queries === undefined ? vectors : askVectors(vectors, params.queries) });
  const onProgress = reporter(params, tell);
  if (params.hnsw === undefined) return space.expand(await exactSearch({ space, products: await open(params), onProgress }));
  const { found, short } = await hnswSearch({ space, options: params.hnsw, onProgress });
  if (short.length > 0) await complete(space, found, short, params);
  return space.expand(found);
}

/** Searches the groups exactly whose lists are too short. */
async function complete(space: SearchSpace, found: Found, short: readonly number[], params: FindParams): Promise<void> {
  const queryRows = Int32Array.from(short, (group) => space.queryRow(group));
  const part = new SearchSpace({ ...params, vectors: space.vectors, queryRows, k: space.k, excludeSelf: false });
  const exact = await exactSearch({ space: part, products: await open(params) });
  for (const [i, group] of short.entries()) {
    found.rows.set(exact.rows.subarray(i * space.k, (i + 1) * space.k), group * space.k);
    found.distances.set(exact.distances.subarray(i * space.k, (i + 1) * space.k), group * space.k);
  }
}

async function open({ graph, threads }: FindParams): Promise<Products> {
  if (products?.threads !== threads) {
    await products?.value.close();
    products = { threads, value: await Products.open({ graph, threads }) };
  }
  return products.value;
}

function reporter({ queryRows }: FindParams, tell: Tell): (share: number) => void {
  let reported = performance.now();
  return (share) => {
    const now = performance.now();
    if (now - reported < REPORT_EVERY) return;
    reported = now;
    tell(Math.floor(share * queryRows.length));
  };
}

const calls = serve({
  hold: (params: HoldParams) => {
    held.set(params.holder, holdVectors(params));
  },
  drop: (holder: number) => {
    held.delete(holder);
  },
  find: async (params: FindParams, tell: Tell) => {
    const neighbours = await find(params, tell);
    return moved(neighbours, [neighbours.indices, neighbours.distances]);
  },
});
export type SearchCalls = typeof calls;

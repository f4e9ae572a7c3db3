import type { Rows } from '../numeric/rows.ts';
import { moved } from '../threads/calls.ts';
import { serve } from '../threads/serve.ts';
import { CodedSearch, type Coded, type PartFound } from './coded-search.ts';
import { exactSearch, ExactSearch } from './exact-search.ts';
import { hnswlibSearch } from './hnswlib-search.ts';
import type { MutualRows } from './mutual-rows.ts';
import type { MutualFound } from './mutual-worker.ts';
import { Products } from './products.ts';
import type { SearchGraphs } from './search-graph.ts';
import { askVectors, holdVectors, SearchSpace, type Found, type HeldVectors } from './search-space.ts';
import type { HnswOptions, Metric, Neighbours } from './types.ts';

/** The thread that holds vectors and searches: matrix products and hnswlib block their thread, and progress must keep updating. */

/** Milliseconds between two progress reports. */
const REPORT_EVERY = 50;

interface HoldParams {
  readonly holder: number;
  readonly corpus: Rows;
  readonly queries: Rows | undefined;
  readonly metric: Metric;
}

export interface FindParams {
  readonly holder: number;
  /** Queries used instead of those held. */
  readonly queries: Rows | undefined;
  readonly corpusRows: Int32Array;
  readonly queryRows: Int32Array;
  readonly k: number;
  readonly excludeSelf: boolean;
  readonly exclusion: Int32Array | undefined;
  readonly threads: number;
  /** Default: exact. */
  readonly hnswlib: HnswOptions | undefined;
  /** From `searchGraphs()`, called where the library that writes graphs is loaded anyway. */
  readonly graphs: SearchGraphs;
}

interface CodesParams {
  readonly search: number;
  readonly coded: Coded;
  readonly from: number;
  readonly count: number;
}

interface JoinParams {
  readonly search: number;
  readonly from: number;
  readonly count: number;
}

interface SettleParams {
  readonly search: number;
  readonly found: readonly MutualFound[];
}

interface RankParams {
  readonly search: number;
  readonly from: number;
  readonly count: number;
  readonly parts: readonly PartFound[];
}

/** Progress message: the number of queries answered so far. */
type Tell = (done: number) => void;

const held = new Map<number, HeldVectors>();
/** Searches with an index in other threads, by number. */
const coded = new Map<number, { readonly search: CodedSearch; readonly params: FindParams }>();
/** Exact searches whose candidates are found by other threads. */
const shared = new Map<number, { readonly search: ExactSearch; readonly space: SearchSpace }>();
let begun = 0;
/** For the number of threads requested last. */
let products: { readonly threads: number; readonly value: Products } | undefined;

function spaceOf(params: FindParams): SearchSpace {
  const vectors = held.get(params.holder)!;
  return new SearchSpace({ ...params, vectors: params.queries === undefined ? vectors : askVectors(vectors, params.queries) });
}

async function find(params: FindParams, tell: Tell): Promise<Neighbours> {
  const space = spaceOf(params);
  const onProgress = reporter(params, tell);
  if (params.hnswlib === undefined) return space.expand(await exactSearch({ space, products: await open(params), onProgress }));
  const { found, short } = await hnswlibSearch({ space, options: params.hnswlib, onProgress });
  if (short.length > 0) await complete(space, found, short, params);
  return space.expand(found);
}

/** Exact search for the groups whose lists are too short. */
async function complete(space: SearchSpace, found: Found, short: readonly number[], params: FindParams): Promise<void> {
  const queryRows = Int32Array.from(short, (group) => space.queryRow(group));
  const part = new SearchSpace({ ...params, vectors: space.vectors, queryRows, k: space.k, excludeSelf: false, exclusion: undefined });
  const exact = await exactSearch({ space: part, products: await open(params) });
  for (const [i, group] of short.entries()) {
    found.rows.set(exact.rows.subarray(i * space.k, (i + 1) * space.k), group * space.k);
    found.distances.set(exact.distances.subarray(i * space.k, (i + 1) * space.k), group * space.k);
  }
}

async function open({ graphs, threads }: FindParams): Promise<Products> {
  if (products?.threads !== threads) {
    await products?.value.close();
    products = { threads, value: new Products({ graphs, threads }) };
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

/** Starts a search with an index that its owner holds in other threads. */
function begin(params: FindParams): { search: number; indexed: number; cols: number; queries: number; k: number } {
  const space = spaceOf(params);
  const search = begun++;
  coded.set(search, { search: new CodedSearch(space), params });
  return { search, indexed: space.indexed.length, cols: space.vectors.corpus.cols, queries: space.queries.count, k: space.k };
}

/** Starts an exact search whose candidates other threads find; undefined if it is not one of rows among themselves. */
async function shareOut(params: FindParams): Promise<{ search: number; rows: MutualRows } | undefined> {
  const space = spaceOf(params);
  const search = new ExactSearch({ space, products: await open(params) });
  const rows = search.share();
  if (rows === undefined) return undefined;
  shared.set(begun, { search, space });
  return { search: begun++, rows };
}

async function end(search: number): Promise<Neighbours> {
  const { search: done, params } = coded.get(search)!;
  const { found, short } = done.end();
  if (short.length > 0) await complete(done.space, found, short, params);
  return done.space.expand(found);
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
  share: shareOut,
  settle: async ({ search: number, found }: SettleParams) => {
    const { search, space } = shared.get(number)!;
    const neighbours = space.expand(await search.settle(found));
    return moved(neighbours, [neighbours.indices, neighbours.distances]);
  },
  begin,
  codes: ({ search, coded: which, from, count }: CodesParams) => {
    const codes = coded.get(search)!.search.codes(which, from, count);
    return moved(codes, [codes]);
  },
  rank: ({ search, from, count, parts }: RankParams) => coded.get(search)!.search.rank(from, count, parts),
  join: ({ search, from, count }: JoinParams) => coded.get(search)!.search.join(from, count),
  end: async (search: number) => {
    const neighbours = await end(search);
    return moved(neighbours, [neighbours.indices, neighbours.distances]);
  },
  /** Must be called when a started search ends, in whatever way. */
  forget: (search: number) => {
    coded.delete(search);
    shared.delete(search);
  },
});
export type SearchCalls = typeof calls;

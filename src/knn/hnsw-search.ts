import type { Coded } from './coded-search.ts';
import { IndexParts } from './index-parts.ts';
import type { SearchThread } from './search-thread.ts';
import type { HnswOptions } from './types.ts';

/**
 * Rows that are added, or queries that are answered, between two reports. What a part is given at once is always so much: see `IndexParts`.
 */
const BLOCK = 1024;
/** Candidates beyond k, since codes put rows that are nearly as near in another order. */
const MARGIN = 10;

/** Share of the work until the index is built, and until all queries were looked up. */
const BUILT = 0.475;
const LOOKED_UP = 0.95;

export interface HnswParams {
  readonly thread: SearchThread;
  /** The search that the thread was asked to begin. */
  readonly search: number;
  /** Rows to index, columns, queries, and neighbours that are looked for. */
  readonly begun: { readonly indexed: number; readonly cols: number; readonly queries: number; readonly k: number };
  readonly options: HnswOptions;
  readonly threads: number;
  /** Called with the share of the work that is done. */
  readonly onProgress: (share: number) => void;
}

/**
 * Approximate neighbours by a hierarchical navigable small world graph of 8-bit codes (usearch): rows are added part by part, then all
 * parts are asked for each query, and what they find is ranked by exact distances in the thread that holds the vectors. What is found stays
 * found: looking up again, with more candidates, or joining again adds to it. The same rows give the same neighbours, whatever the number
 * of threads.
 */
export class HnswSearch {
  readonly #params: HnswParams;
  readonly #parts: IndexParts;
  readonly #width: number;

  private constructor(params: HnswParams, parts: IndexParts, width: number) {
    this.#params = params;
    this.#parts = parts;
    this.#width = width;
  }

  /** Builds the index. To be closed. */
  static async open(params: HnswParams): Promise<HnswSearch> {
    const {
      begun: { indexed, cols, k },
      options,
      threads,
      onProgress,
    } = params;
    const parts = await IndexParts.open({ rows: indexed, cols, options, threads });
    const search = new HnswSearch(params, parts, Math.min(indexed, k + MARGIN));
    try {
      for await (const { from, codes } of search.#blocks('indexed', indexed)) {
        await parts.add(from, codes);
        onProgress(BUILT * (from / indexed));
      }
    } catch (error) {
      await parts.close();
      throw error;
    }
    return search;
  }

  /** Asks the index for the neighbours of all queries, with so many candidates for each. */
  async lookUp(ef: number): Promise<void> {
    const {
      thread,
      search,
      begun: { queries, indexed },
      onProgress,
    } = this.#params;
    // While the parts answer some queries, the neighbours of those before are ranked.
    let ranked: Promise<unknown> = Promise.resolve();
    for await (const { from, count, codes } of this.#blocks('queries', queries)) {
      const parts = indexed === 0 ? [] : await this.#parts.search(codes, { width: this.#width, ef });
      await ranked;
      const transfer = parts.flatMap(({ places, distances }) => [places.buffer as ArrayBuffer, distances.buffer as ArrayBuffer]);
      ranked = thread.call('rank', { search, from, count, parts }, { transfer });
      ranked.catch(() => undefined); // awaited with the next, or at the end
      onProgress(BUILT + (LOOKED_UP - BUILT) * (from / queries));
    }
    await ranked;
  }

  /** Offers to each query the neighbours of its neighbours. */
  async join(): Promise<void> {
    const {
      thread,
      search,
      begun: { queries },
      onProgress,
    } = this.#params;
    for (let from = 0; from < queries; from += BLOCK) {
      await thread.call('join', { search, from, count: Math.min(BLOCK, queries - from) });
      onProgress(LOOKED_UP + (1 - LOOKED_UP) * (from / queries));
    }
  }

  async close(): Promise<void> {
    await this.#parts.close();
  }

  /** Codes of all rows, block by block, of which the thread makes the next while those before are at work. */
  async *#blocks(coded: Coded, total: number): AsyncGenerator<{ from: number; count: number; codes: Int8Array }> {
    const { thread, search } = this.#params;
    const ask = (from: number): Promise<Int8Array> => thread.call('codes', { search, coded, from, count: Math.min(BLOCK, total - from) });
    let next = total > 0 ? ask(0) : undefined;
    for (let from = 0; next !== undefined; from += BLOCK) {
      const codes: Int8Array = await next;
      next = from + BLOCK < total ? ask(from + BLOCK) : undefined;
      next?.catch(() => undefined); // awaited with the next, unless something else ends the search
      yield { from, count: Math.min(BLOCK, total - from), codes };
    }
  }
}

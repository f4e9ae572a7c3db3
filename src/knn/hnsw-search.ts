import type { Coded } from './coded-search.ts';
import { IndexParts } from './index-parts.ts';
import type { SearchThread } from './search-thread.ts';
import type { HnswOptions } from './types.ts';

/** Rows added, or queries answered, between two progress reports. The batch size of a part must not vary: see `IndexParts`. */
const BLOCK = 1024;
/** Candidates beyond k, since codes may swap rows of similar distance. */
const MARGIN = 10;

/** Fractions of the work after building the index, and after looking up all queries. */
const BUILT = 0.475;
const LOOKED_UP = 0.95;

export interface HnswParams {
  readonly thread: SearchThread;
  /** Id of the search in the thread. */
  readonly search: number;
  /** Rows to index, columns, queries, and neighbours to find. */
  readonly begun: { readonly indexed: number; readonly cols: number; readonly queries: number; readonly k: number };
  readonly options: HnswOptions;
  readonly threads: number;
  /** Called with the fraction of the work that is done. */
  readonly onProgress: (share: number) => void;
}

/**
 * Approximate neighbours by HNSW, a hierarchical navigable small world graph, over 8-bit codes (usearch): rows are added to the parts of
 * the index, then all parts are queried, and their results are ranked by exact distances in the thread that holds the vectors. Results
 * accumulate: another look-up with more candidates, or another join, adds to them. The same rows give the same neighbours for any number of
 * threads.
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

  /** Builds the index. Must be closed. */
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

  /** Queries the index for the neighbours of all queries, with `ef` candidates each. */
  async lookUp(ef: number): Promise<void> {
    const {
      thread,
      search,
      begun: { queries, indexed },
      onProgress,
    } = this.#params;
    // While the parts answer some queries, the neighbours of earlier ones are ranked.
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

  /** Offers each query the neighbours of its neighbours. */
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

  /** Codes of all rows in blocks; the thread makes the next block while the previous one is processed. */
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

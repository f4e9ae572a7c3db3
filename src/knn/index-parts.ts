import { HarnessError } from '../errors.ts';
import { Thread } from '../threads/thread.ts';
import type { PartFound } from './coded-search.ts';
import type { IndexCalls } from './index-worker.ts';
import type { HnswOptions } from './types.ts';

/**
 * Number of rows from which an index has two parts. More parts would use more threads for building, but each query is looked up in every
 * one.
 */
const TWO_PARTS = 16_000;

/** Number of parts for this many rows, on any machine: a row's part affects which neighbours are found. */
export function partsOf(rows: number): number {
  return rows < TWO_PARTS ? 1 : 2;
}

export interface PartsParams {
  readonly rows: number;
  readonly cols: number;
  readonly options: HnswOptions;
  readonly threads: number;
}

/**
 * An index in parts that are built in parallel, each by one thread: usearch's links depend on the order in which rows are added, which
 * several threads in one part would make random. All parts are searched for each query. Row i is in part i modulo their number. So a search
 * uses at most as many threads as there are parts.
 */
export class IndexParts {
  readonly #threads: readonly Thread<IndexCalls>[];
  readonly #parts: number;
  readonly #params: PartsParams;

  private constructor(params: PartsParams) {
    this.#params = params;
    this.#parts = partsOf(params.rows);
    const threads = Math.min(this.#parts, params.threads);
    this.#threads = Array.from(
      { length: threads },
      () => new Thread<IndexCalls>({ file: new URL('./index-worker.js', import.meta.url), failed }),
    );
  }

  static async open(params: PartsParams): Promise<IndexParts> {
    const parts = new IndexParts(params);
    const { cols, options } = params;
    try {
      await parts.#each((part) => parts.#thread(part).call('open', { part, cols, options }));
    } catch (error) {
      await parts.close();
      throw error;
    }
    return parts;
  }

  /** Adds the rows from, from + 1, … by their codes [count, cols]. */
  async add(from: number, codes: Int8Array): Promise<void> {
    const { cols } = this.#params;
    const count = codes.length / cols;
    await this.#each(async (part) => {
      const places = Int32Array.from({ length: count }, (_, i) => from + i).filter((place) => place % this.#parts === part);
      if (places.length === 0) return;
      const own = new Int8Array(places.length * cols);
      for (const [i, place] of places.entries()) own.set(codes.subarray((place - from) * cols, (place - from + 1) * cols), i * cols);
      await this.#thread(part).call('add', { part, places, codes: own }, { transfer: [places.buffer, own.buffer] });
    });
  }

  /** Results of each part for queries by their codes [count, cols]: the `width` nearest of `ef` candidates. */
  async search(codes: Int8Array, { width, ef }: { readonly width: number; readonly ef: number }): Promise<PartFound[]> {
    const { cols } = this.#params;
    const count = codes.length / cols;
    return this.#each((part) => this.#thread(part).call('search', { part, codes, count, width, ef }));
  }

  /** Releases the index. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #thread(part: number): Thread<IndexCalls> {
    return this.#threads[part % this.#threads.length]!;
  }

  #each<T>(work: (part: number) => Promise<T>): Promise<T[]> {
    return Promise.all(Array.from({ length: this.#parts }, (_, part) => work(part)));
  }
}

function failed(why: string): HarnessError {
  return new HarnessError('INTERNAL', { what: `The index of the neighbour search failed: ${why}.` });
}

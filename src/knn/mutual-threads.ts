import { HarnessError } from '../errors.ts';
import { Thread } from '../threads/thread.ts';
import type { MutualRows } from './mutual-rows.ts';
import type { MutualCalls, MutualFound } from './mutual-worker.ts';
import type { SearchGraphs } from './search-graph.ts';

/** Each thread holds candidates of all rows, and the runtime. */
const MOST_THREADS = 4;

/**
 * Threads that share a search of rows among themselves: while one examines the scores of a product, the others compute theirs. With more
 * processors than threads, each thread's products use several.
 */
export class MutualThreads {
  readonly #threads: readonly Thread<MutualCalls>[];
  readonly #each: number;

  /** `threads`: number of processors to use. They load in the background. */
  constructor(threads: number) {
    const count = Math.min(MOST_THREADS, threads);
    this.#each = Math.floor(threads / count);
    this.#threads = Array.from(
      { length: count },
      () => new Thread<MutualCalls>({ file: new URL('./mutual-worker.js', import.meta.url), failed }),
    );
  }

  /** Results of each thread: together, the candidates of all rows. `onProgress`: fraction done. */
  find(rows: MutualRows, graphs: SearchGraphs, onProgress: (share: number) => void): Promise<MutualFound[]> {
    let done = 0;
    const told = (pairs: number): void => {
      done += pairs;
      onProgress(Math.min(1, (2 * done) / rows.count ** 2));
    };
    return Promise.all(this.#threads.map((thread) => thread.call('find', { rows, graphs, threads: this.#each }, { onProgress: told })));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

function failed(why: string): HarnessError {
  return new HarnessError('INTERNAL', { what: `The neighbour search failed: ${why}.` });
}

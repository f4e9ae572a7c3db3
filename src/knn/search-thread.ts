import { HarnessError } from '../errors.ts';
import { Thread } from '../threads/thread.ts';
import type { SearchCalls } from './worker.ts';

/** Threads that search side by side; a third search waits for one of them. */
const MOST_THREADS = 2;

/** A thread that searches, shared by all searches of the process. */
export class SearchThread {
  static readonly #pool = new Set<SearchThread>();
  readonly #thread = new Thread<SearchCalls>({ file: new URL('./worker.js', import.meta.url), failed });
  #users = 0;
  #large = false;

  readonly call: Thread<SearchCalls>['call'] = (...params) => this.#thread.call(...params);

  /** The idlest of the process's threads; they are started as they are needed. To be left with `leave`. */
  static join(): SearchThread {
    const [idlest] = SearchThread.#able().toSorted((a, b) => a.#users - b.#users);
    const start = idlest === undefined || (idlest.#users > 0 && SearchThread.#pool.size < MOST_THREADS);
    const thread = start ? SearchThread.#start() : idlest;
    thread.#users++;
    return thread;
  }

  /** Starts threads while other work goes on: loading the runtime takes a fifth of a second. */
  static warm(threads: number): void {
    while (SearchThread.#able().length < Math.min(threads, MOST_THREADS)) SearchThread.#start();
  }

  static #start(): SearchThread {
    const thread = new SearchThread();
    SearchThread.#pool.add(thread);
    return thread;
  }

  /** Those of the pool that answer; the others leave it. */
  static #able(): SearchThread[] {
    for (const thread of SearchThread.#pool) if (thread.#thread.ended) SearchThread.#pool.delete(thread);
    return [...SearchThread.#pool];
  }

  private constructor() {}

  /** After a `large` search the thread ends once it is idle: the only way to release its memory at once. */
  async leave({ large }: { large: boolean }): Promise<void> {
    this.#users--;
    this.#large ||= large;
    if (!this.#large || this.#users > 0) return;
    SearchThread.#pool.delete(this);
    await this.#thread.close();
  }
}

function failed(why: string): HarnessError {
  return new HarnessError('INTERNAL', { what: `The neighbour search failed: ${why}.` });
}

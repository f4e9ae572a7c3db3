import { HarnessError } from '../errors.ts';
import { Thread } from '../threads/thread.ts';
import type { SearchCalls } from './worker.ts';

/** Number of threads that search in parallel; a third search waits for one of them. */
const MOST_THREADS = 2;

/** A thread that searches, shared by all searches of the process. */
export class SearchThread {
  static readonly #pool = new Set<SearchThread>();
  readonly #thread = new Thread<SearchCalls>({ file: new URL('./worker.js', import.meta.url), failed });
  #users = 0;
  #large = false;

  readonly call: Thread<SearchCalls>['call'] = (...params) => this.#thread.call(...params);

  /** The least busy of the process's threads, which are started as needed. Must be released with `leave`. */
  static join(): SearchThread {
    const [idlest] = SearchThread.#able().toSorted((a, b) => a.#users - b.#users);
    const start = idlest === undefined || (idlest.#users > 0 && SearchThread.#pool.size < MOST_THREADS);
    const thread = start ? SearchThread.#start() : idlest;
    thread.#users++;
    return thread;
  }

  /** Starts threads in the background: loading the runtime takes 0.2 seconds. */
  static warm(threads: number): void {
    while (SearchThread.#able().length < Math.min(threads, MOST_THREADS)) SearchThread.#start();
  }

  static #start(): SearchThread {
    const thread = new SearchThread();
    SearchThread.#pool.add(thread);
    return thread;
  }

  /** Threads of the pool that respond; the others are removed from it. */
  static #able(): SearchThread[] {
    for (const thread of SearchThread.#pool) if (thread.#thread.ended) SearchThread.#pool.delete(thread);
    return [...SearchThread.#pool];
  }

  private constructor() {}

  /** After a `large` search the thread ends once it is idle: the only way to release its memory immediately. */
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

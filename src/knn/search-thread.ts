import { HarnessError, type CodedComplaint } from '../errors.ts';
import { runtimeThread } from '../graph/runtime-thread.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { watch, type Watched } from '../thread.ts';
import { searchGraph } from './search-graph.ts';
import type { HnswOptions, Metric, Neighbours } from './types.ts';

/** What a thread is started with. */
export interface SearchData {
  readonly graph: Uint8Array;
}

export interface HoldQuestion {
  readonly kind: 'hold';
  readonly id: number;
  readonly holder: number;
  readonly corpus: Matrix;
  readonly queries: Matrix | undefined;
  readonly metric: Metric;
}

export interface SearchQuestion {
  readonly kind: 'search';
  readonly id: number;
  readonly holder: number;
  readonly corpusRows: Int32Array;
  readonly queryRows: Int32Array;
  readonly k: number;
  readonly excludeSelf: boolean;
  readonly threads: number;
  /** Left out: exact. */
  readonly hnsw: HnswOptions | undefined;
}

interface Plain {
  readonly kind: 'drop' | 'end';
  readonly id: number;
  readonly holder: number;
}

export type Question = HoldQuestion | SearchQuestion | Plain;

export type Answer =
  | { readonly kind: 'progress'; readonly id: number; readonly done: number }
  | { readonly kind: 'done'; readonly id: number; readonly neighbours: Neighbours | undefined }
  | { readonly kind: 'failed'; readonly id: number; readonly complaint: CodedComplaint };

type Unnumbered<T> = T extends Question ? Omit<T, 'id'> : never;

interface Waiting {
  readonly resolve: (neighbours: Neighbours | undefined) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((done: number) => void) | undefined;
}

/** Threads that search side by side; a third search waits for one of them. */
const MOST_THREADS = 2;

/** A thread that searches. It does not keep the process alive unless an answer is awaited. */
export class SearchThread {
  static readonly #pool = new Set<SearchThread>();
  readonly #worker = runtimeThread(new URL('./worker.js', import.meta.url), { workerData: { graph: searchGraph() } satisfies SearchData });
  readonly #watched: Watched;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #users = 0;
  #large = false;

  /** The idlest of the process's threads; they are started as they are needed. To be left with `leave`. */
  static join(): SearchThread {
    const [idlest] = [...SearchThread.#pool].toSorted((a, b) => a.#users - b.#users);
    const thread = idlest === undefined || (idlest.#users > 0 && SearchThread.#pool.size < MOST_THREADS) ? SearchThread.#start() : idlest;
    thread.#users++;
    return thread;
  }

  /** Starts threads while other work goes on: loading the runtime takes a fifth of a second. */
  static warm(threads: number): void {
    while (SearchThread.#pool.size < Math.min(threads, MOST_THREADS)) SearchThread.#start();
  }

  static #start(): SearchThread {
    const thread = new SearchThread();
    SearchThread.#pool.add(thread);
    return thread;
  }

  private constructor() {
    this.#worker.on('message', (answer: Answer) => this.#take(answer));
    this.#watched = watch(this.#worker, (why) => {
      SearchThread.#pool.delete(this);
      for (const { reject } of this.#waiting.values()) reject(failed(why));
      this.#waiting.clear();
    });
    this.#worker.unref();
  }

  ask(question: Unnumbered<Question>, { transfer = [], onProgress }: { transfer?: ArrayBuffer[]; onProgress?: ((done: number) => void) | undefined } = {}): Promise<Neighbours | undefined> {
    if (this.#watched.ended !== undefined) return Promise.reject(failed(this.#watched.ended));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ ...question, id }, transfer);
      this.#waiting.set(id, { resolve, reject, onProgress });
      this.#worker.ref();
    });
  }

  /** After a `large` user the thread ends once nobody uses it: the only way to give back its memory at once. */
  async leave({ large }: { large: boolean }): Promise<void> {
    this.#users--;
    this.#large ||= large;
    if (!this.#large || this.#users > 0 || this.#watched.ended !== undefined) return;
    SearchThread.#pool.delete(this);
    const exit = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.ask({ kind: 'end', holder: 0 }).catch(() => {}); // it may end before it answers
    await exit;
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (answer.kind === 'progress') return waiting?.onProgress?.(answer.done);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (answer.kind === 'done') return waiting?.resolve(answer.neighbours);
    const { code, ...complaint } = answer.complaint;
    waiting?.reject(new HarnessError(code, complaint));
  }
}

function failed(why: string): HarnessError {
  return new HarnessError('INTERNAL', { what: `The neighbour search failed: ${why}.` });
}

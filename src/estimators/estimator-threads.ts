import type { Worker } from 'node:worker_threads';
import { HarnessError, type CodedComplaint } from '../errors.ts';
import { runtimeThread } from '../graph/runtime-thread.ts';
import { watch } from '../thread.ts';
import { consistency } from './consistency.ts';
import { Searcher } from '../knn/searcher.ts';
import { vote } from '../knn/vote.ts';
import { withoutSelf } from '../knn/without-self.ts';
import { classified, type Estimate, type EstimateParams, type EstimatorName, type SourceLabels, type VectorEstimator } from './estimators.ts';
import type { Labelled } from './labelled.ts';

export type Question = { readonly kind: 'estimate'; readonly params: EstimateParams } | { readonly kind: 'end' };
export type Answer = { readonly estimates?: readonly Estimate[]; readonly complaint?: CodedComplaint };

/** Each holds a copy of the vectors that it is asked about, and tiles of products. */
const MOST_THREADS = 4;
/** What is long enough to be asked of a thread of its own; the others share what they have in common. */
const ALONE: readonly VectorEstimator[] = ['linear-probe', 'silhouette', 'leep'];

export interface AskParams {
  readonly labelled: Labelled;
  readonly estimators: readonly EstimatorName[];
  /** Needed by leep. */
  readonly source?: SourceLabels | undefined;
  /** Neighbours that vote. */
  readonly k: number;
  readonly seed: number;
}

interface Waiting {
  readonly params: EstimateParams;
  readonly resolve: (estimates: readonly Estimate[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Estimators in threads of their own, the search of neighbours beside them in its own. Each computes with one thread: the order of a
 * sum, and so its last digits, does not depend on how many there are.
 */
export class EstimatorThreads {
  readonly #threads: number;
  /** All that were started, and when each is gone: known from its start, since one may go before anybody waits for it. */
  readonly #exits = new Map<Worker, Promise<unknown>>();
  #closing = false;
  readonly #idle: Worker[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #busy = new Map<Worker, Waiting>();
  /** Why one of them ended before its time: no estimate can be had any more. */
  #failed: string | undefined;

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** Estimates in the order asked for. Leave-one-out where texts vote, cross-validated where a probe is fitted. Throws what the search and the estimators throw. */
  async ask({ labelled, estimators, source, k, seed }: AskParams): Promise<Estimate[]> {
    const byNeighbours = estimators.some((name) => name === 'knn' || name === 'consistency');
    const others = estimators.filter((name): name is VectorEstimator => name !== 'knn' && name !== 'consistency');
    const groups = [...others.filter((name) => ALONE.includes(name)).map((name) => [name]), others.filter((name) => !ALONE.includes(name))].filter(({ length }) => length > 0);
    const asked = groups.map((group) => this.#ask({ labelled, estimators: group, source: group.includes('leep') ? source : undefined, seed }));
    const found = (await Promise.all([...asked, ...(byNeighbours ? [neighbourEstimates(labelled, { k, threads: this.#threads })] : [])])).flat();
    return estimators.map((name) => found.find(({ estimator }) => estimator === name)!);
  }

  /** Ends the threads, each after the product that it is at: one that is ended amid it takes the process with it. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#exits].map(([worker, exit]) => {
      worker.postMessage({ kind: 'end' } satisfies Question); // one that is gone does not hear it
      return exit;
    }));
  }

  #ask(params: EstimateParams): Promise<readonly Estimate[]> {
    if (this.#failed !== undefined) return Promise.reject(broken(this.#failed));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ params, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const worker = this.#idle.pop() ?? (this.#exits.size < Math.min(MOST_THREADS, this.#threads) ? this.#start() : undefined);
    if (worker === undefined) return;
    const waiting = this.#waiting.shift()!;
    this.#busy.set(worker, waiting);
    worker.postMessage({ kind: 'estimate', params: waiting.params } satisfies Question);
  }

  #start(): Worker {
    const worker = runtimeThread(new URL('./worker.js', import.meta.url));
    this.#exits.set(worker, new Promise((resolve) => { worker.once('exit', resolve); }));
    worker.on('message', ({ estimates, complaint }: Answer) => {
      const waiting = this.#busy.get(worker);
      this.#busy.delete(worker);
      if (this.#failed === undefined) this.#idle.push(worker);
      if (complaint === undefined) waiting?.resolve(estimates!);
      else waiting?.reject(new HarnessError(complaint.code, complaint));
      this.#next();
    });
    watch(worker, (why) => {
      if (!this.#closing) this.#fail(why);
    });
    return worker;
  }

  #fail(why: string): void {
    this.#failed ??= why;
    for (const { reject } of [...this.#busy.values(), ...this.#waiting]) reject(broken(why));
    this.#busy.clear();
    this.#idle.length = 0;
    this.#waiting.length = 0;
  }
}

function broken(why: string): HarnessError {
  return new HarnessError('INTERNAL', { what: `The estimators could not go on: ${why}.` });
}

async function neighbourEstimates({ vectors, labels, classes }: Labelled, { k, threads }: { readonly k: number; readonly threads: number }): Promise<Estimate[]> {
  const searcher = await Searcher.open({ corpus: vectors, metric: 'euclidean', threads });
  try {
    const neighbours = withoutSelf(await searcher.exact({ k: k + 1 }));
    return [
      { estimator: 'knn', ...classified(vote({ neighbours, k, labels, classes, votes: 'uniform' }), labels) },
      { estimator: 'consistency', score: consistency({ neighbours, labels, k }) },
    ];
  } finally {
    await searcher.close();
  }
}

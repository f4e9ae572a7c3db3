import { Worker } from 'node:worker_threads';
import { HarnessError, reason, type Complaint, type ErrorCode } from '../errors.ts';
import { consistency } from './consistency.ts';
import { Searcher } from '../knn/searcher.ts';
import { vote } from '../knn/vote.ts';
import { withoutSelf } from '../knn/without-self.ts';
import { classified, type Estimate, type EstimateParams, type EstimatorName, type VectorEstimator } from './estimators.ts';
import type { Labelled } from './labelled.ts';

export type Question = { readonly kind: 'estimate'; readonly id: number; readonly threads: number; readonly params: EstimateParams } | { readonly kind: 'end' };
export type Answer = { readonly id: number; readonly estimates?: readonly Estimate[]; readonly complaint?: Complaint & { readonly code: ErrorCode } };

export interface AskParams {
  readonly labelled: Labelled;
  readonly estimators: readonly EstimatorName[];
  /** Neighbours that vote. */
  readonly k: number;
  readonly seed: number;
  readonly threads: number;
}

/** Estimators in a thread of their own, the search of neighbours beside them in its own. */
export class EstimatorThread {
  readonly #worker = new Worker(new URL('./worker.js', import.meta.url));
  readonly #waiting = new Map<number, { readonly resolve: (estimates: readonly Estimate[]) => void; readonly reject: (error: Error) => void }>();
  #next = 0;

  constructor() {
    this.#worker.on('message', ({ id, estimates, complaint }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (complaint === undefined) waiting?.resolve(estimates!);
      else waiting?.reject(new HarnessError(complaint.code, complaint));
    });
    this.#worker.on('error', (error) => this.#fail(reason(error)));
    this.#worker.on('exit', () => this.#fail('its thread ended'));
  }

  /** Estimates in the order asked for. Leave-one-out where texts vote, cross-validated where a probe is fitted. Throws what the search and the estimators throw. */
  async ask({ labelled, estimators, k, seed, threads }: AskParams): Promise<Estimate[]> {
    const byNeighbours = estimators.filter((name) => name === 'knn' || name === 'consistency');
    const others = estimators.filter((name): name is VectorEstimator => name !== 'knn' && name !== 'consistency');
    const found = [
      ...(byNeighbours.length === 0 ? [] : await neighbourEstimates(labelled, { k, threads })),
      ...(others.length === 0 ? [] : await this.#ask(threads, { labelled, estimators: others, seed })),
    ];
    return estimators.map((name) => found.find(({ estimator }) => estimator === name)!);
  }

  async close(): Promise<void> {
    this.#worker.postMessage({ kind: 'end' } satisfies Question);
    await new Promise((resolve) => this.#worker.once('exit', resolve));
  }

  #ask(threads: number, params: EstimateParams): Promise<readonly Estimate[]> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ kind: 'estimate', id, threads, params } satisfies Question);
    });
  }

  #fail(what: string): void {
    for (const { reject } of this.#waiting.values()) reject(new HarnessError('INTERNAL', { what: `The estimators could not go on: ${what}.` }));
    this.#waiting.clear();
  }
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

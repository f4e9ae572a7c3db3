import pLimit from 'p-limit';
import { HarnessError } from '../errors.ts';
import { consistency } from './consistency.ts';
import { Searcher } from '../knn/searcher.ts';
import { vote } from '../knn/vote.ts';
import { neighbourMean } from '../knn/neighbour-mean.ts';
import type { Targeted } from './targeted.ts';
import {
  classified,
  correlated,
  type Estimate,
  type EstimateParams,
  type EstimatorName,
  type SourceLabels,
  type VectorEstimator,
} from './estimators.ts';
import { Thread } from '../threads/thread.ts';
import type { Labelled } from './labelled.ts';
import type { EstimatorCalls } from './worker.ts';

/** Each holds a copy of the vectors, and tiles of products. */
const MOST_THREADS = 4;
/** Slow enough for a separate thread; the others share intermediate results. */
const ALONE: readonly VectorEstimator[] = ['linear-probe', 'silhouette', 'leep', 'ridge'];

export interface AskParams {
  readonly labelled: Labelled | Targeted;
  /** Without cosine, which does not use vectors of pairs. */
  readonly estimators: readonly EstimatorName[];
  /** Required by leep. */
  readonly source?: SourceLabels | undefined;
  /** Number of neighbours (k). */
  readonly k: number;
  readonly seed: number;
}

/**
 * Threads for the estimators; the neighbour search has a separate one. Each computes with one thread: the order of a sum, and so its last
 * digits, does not depend on how many there are.
 */
export class EstimatorThreads {
  readonly #threads: number;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #all: Thread<EstimatorCalls>[] = [];
  #idle: Thread<EstimatorCalls>[] = [];
  #closed = false;

  constructor(threads: number) {
    this.#threads = threads;
    this.#limit = pLimit(Math.min(MOST_THREADS, threads));
  }

  /**
   * Estimates in the order requested. Leave-one-out for neighbours, cross-validated for fitted probes. Throws what the search and the
   * estimators throw.
   */
  async ask({ labelled, estimators, source, k, seed }: AskParams): Promise<Estimate[]> {
    const byNeighbours = estimators.some((name) => name === 'knn' || name === 'consistency');
    const others = estimators.filter((name): name is VectorEstimator => name !== 'knn' && name !== 'consistency' && name !== 'cosine');
    const groups = [
      ...others.filter((name) => ALONE.includes(name)).map((name) => [name]),
      others.filter((name) => !ALONE.includes(name)),
    ].filter(({ length }) => length > 0);
    const asked = groups.map((group) =>
      this.#ask({ labelled, estimators: group, source: group.includes('leep') ? source : undefined, seed }),
    );
    const found = (
      await Promise.all([...asked, ...(byNeighbours ? [neighbourEstimates(labelled, { k, threads: this.#threads })] : [])])
    ).flat();
    return estimators.map((name) => found.find(({ estimator }) => estimator === name)!);
  }

  /** Ends the threads, each after its current product. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#all.map((thread) => thread.close()));
  }

  /** Uses an idle thread, or a new one: a thread that ended early is not used again. */
  #ask(params: EstimateParams): Promise<readonly Estimate[]> {
    return this.#limit(async () => {
      if (this.#closed) throw failed('it was closed');
      this.#idle = this.#idle.filter(({ ended }) => !ended);
      const thread = this.#idle.pop() ?? this.#start();
      try {
        return await thread.call('estimate', params);
      } finally {
        this.#idle.push(thread);
      }
    });
  }

  #start(): Thread<EstimatorCalls> {
    const thread = new Thread<EstimatorCalls>({ file: new URL('./worker.js', import.meta.url), failed });
    this.#all.push(thread);
    return thread;
  }
}

function failed(why: string): HarnessError {
  return new HarnessError('INTERNAL', { what: `The estimators failed: ${why}.` });
}

async function neighbourEstimates(
  labelled: Labelled | Targeted,
  { k, threads }: { readonly k: number; readonly threads: number },
): Promise<Estimate[]> {
  const searcher = await Searcher.open({ corpus: labelled.vectors, metric: 'euclidean', threads });
  try {
    const groups = 'groups' in labelled ? labelled.groups : undefined;
    const neighbours = await searcher.exact(groups === undefined ? { k, excludeSelf: true } : { k, exclusion: groups });
    if ('targets' in labelled) {
      const { targets } = labelled;
      return [{ estimator: 'knn', ...correlated(neighbourMean({ neighbours, k, targets, votes: 'uniform' }), targets) }];
    }
    const { labels, classes } = labelled;
    return [
      { estimator: 'knn', ...classified(vote({ neighbours, k, labels, classes, votes: 'uniform' }), labels) },
      { estimator: 'consistency', score: consistency({ neighbours, labels, k }) },
    ];
  } finally {
    await searcher.close();
  }
}

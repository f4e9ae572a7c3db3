import type { Metric, Votes } from '../knn/types.ts';

/** How texts are classified by k-NN in train. */
export interface NeighbourSettings {
  readonly k: number;
  readonly metric: Metric;
  readonly votes: Votes;
  readonly threads: number;
}

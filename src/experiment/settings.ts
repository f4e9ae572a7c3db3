import type { Dataset } from '../datasets/dataset.ts';
import type { Limit } from '../datasets/limit.ts';
import type { ConcatNorm } from '../embed/concat.ts';
import type { LayerChoice, LayerMean, Pooling } from '../embed/vectors.ts';
import type { HnswOptions, IndexChoice, LabelMode, Metric, Protocol, Votes } from '../knn/types.ts';

/** What is computed for each encoder and dataset: a plain value. */
export interface Settings {
  readonly poolings: readonly Pooling[];
  readonly layers: LayerChoice;
  readonly layerMeans: readonly LayerMean[];
  /** Empty: no concatenation. */
  readonly concatNorms: readonly ConcatNorm[];
  readonly protocols: readonly Protocol[];
  readonly ks: readonly number[];
  readonly metrics: readonly Metric[];
  readonly votes: readonly Votes[];
  readonly index: IndexChoice;
  readonly hnsw: HnswOptions;
  readonly labels: LabelMode;
  readonly limit: Limit | undefined;
  /** What the data sets are read with; undefined, not false, where it is not asked for: then it is no part of a plan's digest. */
  readonly deduplicate?: true | undefined;
  readonly seed: number;
  readonly maxLength: number | undefined;
  readonly dtype: string | undefined;
  readonly threads: number;
  readonly tokenBudget: number;
}

/** Where neither the flag nor a suite says. */
export const DEFAULT_PROTOCOLS = ['complete', 'leave-one-out'] as const satisfies readonly Protocol[];

/**
 * The protocols that a data set has the splits for: a train set alone has no rows of fit-train, unless that alone was asked
 * for, which is a mistake.
 */
export function protocolsOf({ split }: Dataset, protocols: readonly Protocol[]): readonly Protocol[] {
  const others = protocols.filter((protocol) => protocol !== 'fit-train');
  return others.length === 0 || split.some((each) => each !== 0) ? protocols : others;
}

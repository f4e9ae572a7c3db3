import type { Dataset } from '../datasets/dataset.ts';
import type { Limit } from '../datasets/limit.ts';
import type { ConcatNorm } from '../embed/concat.ts';
import type { PairMode } from './pair-modes.ts';
import type { WordPooling } from '../embed/word-specs.ts';
import type { Dim, LayerChoice, LayerMean, Pooling } from '../embed/vectors.ts';
import type { EstimatorName } from '../estimators/estimators.ts';
import type { HnswOptions, IndexChoice, LabelMode, Metric, Protocol, Votes } from '../knn/types.ts';

/** What is computed for each encoder and dataset: a plain value. */
export interface Settings {
  readonly poolings: readonly Pooling[];
  readonly layers: LayerChoice;
  readonly layerMeans: readonly LayerMean[];
  /** How much of each vector is kept; undefined where nobody asks: all of it. */
  readonly dims?: readonly Dim[] | undefined;
  /** Of pairs: how their texts are read; undefined where nobody asks: each by itself. */
  readonly pairs?: readonly PairMode[] | undefined;
  /** Of words: how their sub-tokens are pooled; undefined where nobody asks: the first. */
  readonly wordPoolings?: readonly WordPooling[] | undefined;
  /** Of words: so many of each tag may be neighbours; undefined where nobody asks: see `WORDS_PER_CLASS`. */
  readonly wordsPerClass?: number | undefined;
  /** Nobody asked for protocols: a dataset has those that fit it. Undefined, not false: else it would be in digests. */
  readonly anyProtocol?: true | undefined;
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

/** How encoders are ranked: a plain value. */
export interface RankSettings {
  readonly estimators: readonly EstimatorName[];
  /**
   * Every estimator was asked for: those are taken that mean something of a dataset's labels. Undefined, not false: else it would be in
   * digests.
   */
  readonly every?: true | undefined;
  /** Orders the encoders. */
  readonly by: EstimatorName;
  readonly poolings: readonly Pooling[];
  readonly layerMeans: readonly LayerMean[];
  /** Of pairs: how their texts are read; undefined where nobody asks: each by itself. */
  readonly pairs?: readonly PairMode[] | undefined;
  /** Of words: how their sub-tokens are pooled; undefined where nobody asks: the first. */
  readonly wordPoolings?: readonly WordPooling[] | undefined;
  /** Of words: so many of each tag are looked at; undefined where nobody asks: see `rankedWords`. */
  readonly wordsPerClass?: number | undefined;
  /** How much of each vector is kept; undefined where nobody asks: all of it. Layers are compared whole. */
  readonly dims?: readonly Dim[] | undefined;
  readonly k: number;
  readonly seed: number;
  readonly threads: number;
  readonly tokenBudget: number;
  /** Texts of the sample that layers are compared on; 0: no layer curves. */
  readonly curveTexts: number;
  /** Those that compare the layers. */
  readonly curveEstimators: readonly EstimatorName[];
  /** leep: the label field that is the source. */
  readonly sourceField?: string | undefined;
}

/** How vectors are drawn: a plain value. */
export interface MapSettings {
  readonly pooling: Pooling;
  /** So many of a vector's first numbers are kept; undefined: all. */
  readonly dim?: number | undefined;
  /** Texts of a data set. */
  readonly sample: number;
  readonly seed: number;
  /** Neighbours that vote for the score below a map. */
  readonly k: number;
  readonly threads: number;
  readonly tokenBudget: number;
}

/** Where neither the request nor a suite says. */
export const DEFAULT_PROTOCOLS = ['leave-one-out', 'complete'] as const satisfies readonly Protocol[];

/**
 * The protocols that a data set has the splits for, of words those that fit them where nobody asked for others: a train set alone has no
 * rows of fit-train, unless that alone was asked for, which is a mistake.
 */
export function protocolsOf(
  { split, task }: Dataset,
  { protocols, anyProtocol }: Pick<Settings, 'protocols' | 'anyProtocol'>,
): readonly Protocol[] {
  const hasSplits = split.some((each) => each !== 0);
  if (task === 'token-classification' && anyProtocol === true)
    return ['leave-one-sentence-out', ...(hasSplits ? (['fit-train'] as const) : [])];
  const others = protocols.filter((protocol) => protocol !== 'fit-train');
  return others.length === 0 || hasSplits ? protocols : others;
}

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
  /** Dimensions kept of each vector; undefined if not requested: all. */
  readonly dims?: readonly Dim[] | undefined;
  /** For pairs: how their texts are encoded; undefined if not requested: separately. */
  readonly pairs?: readonly PairMode[] | undefined;
  /** For words: how their sub-tokens are pooled; undefined if not requested: the first. */
  readonly wordPoolings?: readonly WordPooling[] | undefined;
  /** For words: maximum number of neighbours per tag; undefined if not requested: see `WORDS_PER_CLASS`. */
  readonly wordsPerClass?: number | undefined;
  /** No protocols were requested: a dataset gets those that fit it. Undefined, not false, as it would otherwise be part of digests. */
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
  /** How the datasets are read; undefined, not false, if not requested, as it would otherwise be part of a plan's digest. */
  readonly deduplicate?: true | undefined;
  readonly seed: number;
  readonly maxLength: number | undefined;
  readonly dtype: string | undefined;
  readonly threads: number;
  readonly tokenBudget: number | undefined;
}

/** How encoders are ranked: a plain value. */
export interface RankSettings {
  readonly estimators: readonly EstimatorName[];
  /**
   * All estimators were requested: those that apply to a dataset's labels are used. Undefined, not false, as it would otherwise be part of
   * digests.
   */
  readonly every?: true | undefined;
  /** Orders the encoders. */
  readonly by: EstimatorName;
  readonly poolings: readonly Pooling[];
  readonly layerMeans: readonly LayerMean[];
  /** For pairs: how their texts are encoded; undefined if not requested: separately. */
  readonly pairs?: readonly PairMode[] | undefined;
  /** For words: how their sub-tokens are pooled; undefined if not requested: the first. */
  readonly wordPoolings?: readonly WordPooling[] | undefined;
  /** For words: maximum number per tag; undefined if not requested: see `rankedWords`. */
  readonly wordsPerClass?: number | undefined;
  /** Dimensions kept of each vector; undefined if not requested: all. Layers are compared with full vectors. */
  readonly dims?: readonly Dim[] | undefined;
  readonly k: number;
  readonly seed: number;
  readonly threads: number;
  readonly tokenBudget: number | undefined;
  /** Sample size for comparing layers; 0: no layer curves. */
  readonly curveTexts: number;
  /** Estimators that compare the layers. */
  readonly curveEstimators: readonly EstimatorName[];
  /** leep: the source label field. */
  readonly sourceField?: string | undefined;
}

/** How vectors are plotted: a plain value. */
export interface MapSettings {
  readonly pooling: Pooling;
  /** Dimensions kept of each vector; undefined: all. */
  readonly dim?: number | undefined;
  /** Texts per dataset. */
  readonly sample: number;
  readonly seed: number;
  /** Number of neighbours (k) for the score below a map. */
  readonly k: number;
  readonly threads: number;
  readonly tokenBudget: number | undefined;
}

/** If neither the request nor a suite names protocols. */
export const DEFAULT_PROTOCOLS = ['leave-one-out', 'complete'] as const satisfies readonly Protocol[];

/**
 * The protocols that a dataset's splits allow; for words, unless requested, those that fit them. A lone training set has no fit-train rows,
 * unless only that was requested, which is an error.
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

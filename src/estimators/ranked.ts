import type { ListOutcomes } from '../statistics/ties.ts';

export interface Estimate {
  readonly estimator: string;
  readonly score: number;
  /**
   * Predictions, if the estimator makes any: its score is then the accuracy of classes, Spearman's correlation of numbers, or the F1 of
   * counts.
   */
  readonly outcomes?: ListOutcomes | undefined;
}

/** A pooling of an encoder's hidden states, with its estimates. */
export interface PoolingEstimates {
  readonly pooling: string;
  readonly layers: string;
  /** Dimensions kept of each vector. Default: all. */
  readonly dim?: number | undefined;
  /** Pairs: both texts are one input. */
  readonly pair?: 'joint' | undefined;
  /** Words: how their sub-tokens are pooled. */
  readonly wordPooling?: string | undefined;
  readonly estimates: readonly Estimate[];
}

export interface RankedEncoder {
  readonly encoder: string;
  /** Prompt put before every text, as in results.csv; omitted or '' for none. */
  readonly prompt?: string | undefined;
  readonly poolings: readonly PoolingEstimates[];
  /** By layer, on a sample. */
  readonly curve: readonly PoolingEstimates[];
  /** Number of texts that the poolings were scored on, and how they were sampled. */
  readonly texts: number;
  readonly sample: string;
  readonly parameters: number;
  /** Costs are undefined if every vector came from the store, or too few were computed to improve on an earlier measurement. */
  readonly textMs: number | undefined;
  /** Number of texts timed, after the first batch. */
  readonly timedTexts?: number | undefined;
  readonly tokensPerSecond: number | undefined;
  /** Increase of the process's resident memory during embedding. */
  readonly memoryBytes: number | undefined;
  readonly cut: number;
}

export interface Ranking {
  readonly dataset: string;
  readonly by: string;
  /** All on the same texts. */
  readonly encoders: readonly RankedEncoder[];
  /** With a time budget: how it was used, and which encoders were eliminated. */
  readonly budget?: BudgetUse | undefined;
}

/** How a ranking used its time budget. */
export interface BudgetUse {
  readonly seconds: number;
  readonly used: number;
  /** Number of all texts of the dataset. */
  readonly all: number;
  readonly rounds: readonly { readonly texts: number; readonly encoders: number }[];
  readonly dropped: readonly Dropped[];
  /** A last round was aborted for lack of time. */
  readonly unfinished: boolean;
  /** The dataset was already a sample. */
  readonly limited: boolean;
}

export interface Dropped {
  readonly encoder: RankedEncoder;
  readonly round: number;
  readonly why: 'worse' | 'time';
  /** p-value against the best of its round; undefined if not tested. */
  readonly p: number | undefined;
  /** The best of that round. */
  readonly best: string;
}

/** The best pooling by an estimator; of equal ones the first. */
export function bestPooling(
  poolings: readonly PoolingEstimates[],
  estimator: string,
): { readonly pooling: PoolingEstimates; readonly score: Estimate } {
  const scored = poolings.flatMap((pooling) => {
    // Cosines are of texts that were encoded separately.
    const score = pooling.estimates.find((each) => each.estimator === estimator);
    return score === undefined ? [] : [{ pooling, score }];
  });
  return scored.reduce((a, b) => (b.score.score > a.score.score ? b : a));
}

/** Identifies a ranked encoder: its name, with its prompt if it has one. */
export function rankedName({ encoder, prompt = '' }: Pick<RankedEncoder, 'encoder' | 'prompt'>, title = encoder): string {
  return prompt === '' ? title : `${title} (prompt ${prompt})`;
}

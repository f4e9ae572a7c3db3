import type { ListOutcomes } from '../statistics/ties.ts';

export interface Estimate {
  readonly estimator: string;
  readonly score: number;
  /**
   * Predictions, where the estimator makes some: its score is then the accuracy of classes, Spearman's correlation of numbers, the F1 of
   * counts.
   */
  readonly outcomes?: ListOutcomes | undefined;
}

/** A pooling of an encoder's hidden states, with its estimates. */
export interface PoolingEstimates {
  readonly pooling: string;
  readonly layers: string;
  /** So many of a vector's first numbers are kept; left out: all. */
  readonly dim?: number | undefined;
  /** Of pairs: both texts were read together. */
  readonly pair?: 'joint' | undefined;
  /** Of words: how their sub-tokens are pooled. */
  readonly wordPooling?: string | undefined;
  readonly estimates: readonly Estimate[];
}

export interface RankedEncoder {
  readonly encoder: string;
  /** What stands before every text, as results.csv has it; left out or '' for nothing. */
  readonly prompt?: string | undefined;
  readonly poolings: readonly PoolingEstimates[];
  /** Layer by layer, on a sample. */
  readonly curve: readonly PoolingEstimates[];
  /** Texts that the poolings were scored on, and how they were chosen. */
  readonly texts: number;
  readonly sample: string;
  readonly parameters: number;
  /** Costs are undefined where every vector came from the store, or too few were computed to improve on an earlier measurement. */
  readonly textMs: number | undefined;
  /** Texts that time was measured on, after the first batch. */
  readonly timedTexts?: number | undefined;
  readonly tokensPerSecond: number | undefined;
  /** Resident memory that the process gained while it embedded. */
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

/** What a limit of time made of a ranking. */
export interface BudgetUse {
  readonly seconds: number;
  readonly used: number;
  /** All texts of the dataset. */
  readonly all: number;
  readonly rounds: readonly { readonly texts: number; readonly encoders: number }[];
  readonly dropped: readonly Dropped[];
  /** A last round was ended for want of time. */
  readonly unfinished: boolean;
  /** The dataset was a sample before. */
  readonly limited: boolean;
}

export interface Dropped {
  readonly encoder: RankedEncoder;
  readonly round: number;
  readonly why: 'worse' | 'time';
  /** p-value against the best of its round; undefined where no test was made. */
  readonly p: number | undefined;
  /** The best of that round. */
  readonly best: string;
}

/** The pooling that an estimator finds best; the first of equals. */
export function bestPooling(
  poolings: readonly PoolingEstimates[],
  estimator: string,
): { readonly pooling: PoolingEstimates; readonly score: Estimate } {
  const scored = poolings.flatMap((pooling) => {
    // Cosines are of texts that were read apart.
    const score = pooling.estimates.find((each) => each.estimator === estimator);
    return score === undefined ? [] : [{ pooling, score }];
  });
  return scored.reduce((a, b) => (b.score.score > a.score.score ? b : a));
}

/** What tells a ranked encoder from the others: its name, with its prompt where it has one. */
export function rankedName({ encoder, prompt = '' }: Pick<RankedEncoder, 'encoder' | 'prompt'>, title = encoder): string {
  return prompt === '' ? title : `${title} (prompt ${prompt})`;
}

import type { Outcomes } from '../statistics/outcomes.ts';

export interface Estimate {
  readonly estimator: string;
  readonly score: number;
  /** Where the estimator gives each text a class: its score is then the share of right texts. */
  readonly outcomes?: Outcomes | undefined;
}

/** Where an encoder's vectors are taken, and what estimators say of them. */
export interface PoolingEstimates {
  readonly pooling: string;
  readonly layers: string;
  readonly estimates: readonly Estimate[];
}

export interface RankedEncoder {
  readonly encoder: string;
  readonly poolings: readonly PoolingEstimates[];
  /** Layer by layer, on a sample. */
  readonly curve: readonly PoolingEstimates[];
  /** Texts that the poolings were scored on, and how they were chosen. */
  readonly texts: number;
  readonly sample: string;
  readonly parameters: number;
  /** These are undefined where every vector came from the store, or but a few that tell less than was measured before. */
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
  /** Where the time was limited: what became of the others. */
  readonly budget?: BudgetUse | undefined;
}

/** What a limit of time made of a ranking. */
export interface BudgetUse {
  readonly seconds: number;
  readonly used: number;
  /** All texts of the data set. */
  readonly all: number;
  readonly rounds: readonly { readonly texts: number; readonly encoders: number }[];
  readonly dropped: readonly Dropped[];
  /** A last round was ended for want of time. */
  readonly unfinished: boolean;
  /** The data set was a sample before. */
  readonly limited: boolean;
}

export interface Dropped {
  readonly encoder: RankedEncoder;
  readonly round: number;
  readonly why: 'worse' | 'time';
  /** Of being as good as the best of its round; undefined without a test. */
  readonly p: number | undefined;
  /** Who that was. */
  readonly best: string;
}

/** The pooling that an estimator finds best; the first of equals. */
export function bestPooling(poolings: readonly PoolingEstimates[], estimator: string): { readonly pooling: PoolingEstimates; readonly score: Estimate } {
  const scored = poolings.map((pooling) => ({ pooling, score: pooling.estimates.find((each) => each.estimator === estimator)! }));
  return scored.reduce((a, b) => (b.score.score > a.score.score ? b : a));
}

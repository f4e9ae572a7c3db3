import { HarnessError } from '../errors.ts';
import { pearson, spearman } from './rank-correlation.ts';

/** What texts are, and what they were given: real numbers. */
export interface RegressionOutcomes {
  /** [n] in the target's unit */
  readonly truth: Float64Array;
  /** [n] in the target's unit */
  readonly predicted: Float64Array;
}

export const REGRESSION_SCORES = ['spearman', 'pearson', 'rmse', 'mae', 'r2'] as const;
export type RegressionScore = (typeof REGRESSION_SCORES)[number];

/** How predictions agree with the truth. */
export interface RegressionScores {
  readonly n: number;
  /** Of average ranks, -1 to 1; NaN where truth or predictions are all the same, or of one text. */
  readonly spearman: number;
  /** -1 to 1; NaN as above. */
  readonly pearson: number;
  /** Root of the mean squared error, in the target's unit. Lower is better. */
  readonly rmse: number;
  /** Mean absolute error, in the target's unit. Lower is better. */
  readonly mae: number;
  /** 1 less the squared error as a share of that of the mean of these truths: at most 1, with no least value. */
  readonly r2: number;
}

/**
 * Scores as scipy.stats (`spearmanr`, `pearsonr`) and scikit-learn (`r2_score`, `mean_absolute_error`, `root_mean_squared_error`) define
 * them. Of truths that are all the same R2 is 1 where the predictions are right, else 0 (which is told by the values: scikit-learn's sums
 * see rounding); of one text NaN. Throws SHAPE where the lengths differ, DATA where there is nothing, or a value is infinite or NaN.
 */
export function regressionScores(outcomes: RegressionOutcomes): RegressionScores {
  checkRegression(outcomes);
  const { truth, predicted } = outcomes;
  const n = truth.length;
  const mean = truth.reduce((sum, value) => sum + value, 0) / n;
  let [absolute, squared, total, varies] = [0, 0, 0, false];
  for (let i = 0; i < n; i++) {
    const error = truth[i]! - predicted[i]!;
    absolute += Math.abs(error);
    squared += error * error;
    total += (truth[i]! - mean) ** 2;
    varies ||= truth[i] !== truth[0];
  }
  return {
    n,
    spearman: spearman(truth, predicted),
    pearson: pearson(truth, predicted),
    rmse: Math.sqrt(squared / n),
    mae: absolute / n,
    r2: explained({ n, squared, total: varies ? total : 0 }),
  };
}

export interface ExplainedParams {
  readonly n: number;
  /** Sum of the squared errors. */
  readonly squared: number;
  /** Sum of the squared distances of the truths to their mean; 0 where they are all the same. */
  readonly total: number;
}

/** R2, as scikit-learn's `r2_score` has it by default. */
export function explained({ n, squared, total }: ExplainedParams): number {
  if (n < 2) return NaN;
  if (total === 0) return squared === 0 ? 1 : 0;
  return 1 - squared / total;
}

/** Throws as `regressionScores` does. */
export function checkRegression({ truth, predicted }: RegressionOutcomes): void {
  if (truth.length !== predicted.length) {
    throw new HarnessError('SHAPE', { what: `${predicted.length} predictions for ${truth.length} targets.` });
  }
  if (truth.length === 0) throw new HarnessError('DATA', { what: 'Nothing to score.' });
  for (const [values, what] of [
    [truth, 'target'],
    [predicted, 'prediction'],
  ] as const) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at !== -1) throw new HarnessError('DATA', { what: `The ${what} of text ${at} is ${values[at]}, not a number.` });
  }
}

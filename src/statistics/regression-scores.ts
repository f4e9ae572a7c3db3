import { HarnessError } from '../errors.ts';
import { pearson, spearman } from './rank-correlation.ts';

/** True and predicted values of texts: real numbers. */
export interface RegressionOutcomes {
  /** [n] in the target's unit */
  readonly truth: Float64Array;
  /** [n] in the target's unit */
  readonly predicted: Float64Array;
}

export const REGRESSION_SCORES = ['spearman', 'pearson', 'rmse', 'mae', 'r2'] as const;
export type RegressionScore = (typeof REGRESSION_SCORES)[number];

/** How well predictions agree with the truth. */
export interface RegressionScores {
  readonly n: number;
  /** On mean ranks, -1 to 1; NaN if truth or predictions are constant, or for a single text. */
  readonly spearman: number;
  /** -1 to 1; NaN as above. */
  readonly pearson: number;
  /** Root of the mean squared error, in the target's unit. Lower is better. */
  readonly rmse: number;
  /** Mean absolute error, in the target's unit. Lower is better. */
  readonly mae: number;
  /** 1 minus the squared error relative to that of the mean of these truths: at most 1, unbounded below. */
  readonly r2: number;
}

/**
 * Scores as defined by scipy.stats (`spearmanr`, `pearsonr`) and scikit-learn (`r2_score`, `mean_absolute_error`,
 * `root_mean_squared_error`). With constant truth, R2 is 1 if the predictions are correct, else 0 (recognised by the values: scikit-learn's
 * sums are subject to rounding); NaN for a single text. Throws SHAPE if the lengths differ, DATA if there are no texts, or a value is
 * infinite or NaN.
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
  /** Sum of the squared deviations of the truth from its mean; 0 if it is constant. */
  readonly total: number;
}

/** R2, with the defaults of scikit-learn's `r2_score`. */
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

import { HarnessError } from '../errors.ts';
import { CONFIDENCE, RESAMPLES, type BootstrapOptions } from './bootstrap.ts';
import { eachResample } from './each-resample.ts';
import { PAIRED_RESAMPLES, ROUNDING, type Difference } from './paired-bootstrap.ts';
import { checkConfidence, middle, type Interval } from './quantile.ts';
import {
  checkRegression,
  REGRESSION_SCORES,
  regressionScores,
  type RegressionOutcomes,
  type RegressionScore,
} from './regression-scores.ts';
import { kindsOfPlaces, regressionPlaces, RegressionTally } from './regression-tally.ts';

/** NaN at both ends if the score is defined in no resample. */
export interface RegressionInterval extends Interval {
  /** Number of omitted resamples, in which the score is undefined: those with constant truth or constant predictions. */
  readonly leftOut: number;
}

/** Of each metric, in its unit. */
export type RegressionIntervals = Readonly<Record<RegressionScore, RegressionInterval>>;

/**
 * Percentile intervals of the scores, texts drawn with replacement (Efron 1979), each resample scored like the whole. Resample i of a seed
 * draws the same texts as `bootstrapIntervals`. A resample takes O(n). Throws as `regressionScores` does, and SHAPE if the indices do not
 * fit the texts.
 */
export function regressionIntervals(
  outcomes: RegressionOutcomes,
  { resamples = RESAMPLES, seed = 1, confidence = CONFIDENCE, indices }: BootstrapOptions = {},
): RegressionIntervals {
  checkRegression(outcomes);
  const places = regressionPlaces(outcomes);
  const kinds = kindsOfPlaces([places.truth, places.predicted]);
  const tally = new RegressionTally({ outcomes, places, kinds });
  const n = kinds.of.length;
  const values: Record<RegressionScore, number[]> = { spearman: [], pearson: [], rmse: [], mae: [], r2: [] };
  eachResample({ kinds, resamples, seed, indices }, (counts) => {
    for (const name of REGRESSION_SCORES) values[name].push(tally.score(name, counts, n));
  });
  const of = (name: RegressionScore) => intervalOf(values[name], confidence);
  return { spearman: of('spearman'), pearson: of('pearson'), rmse: of('rmse'), mae: of('mae'), r2: of('r2') };
}

export interface RegressionPairedParams {
  readonly first: RegressionOutcomes;
  /** On the same texts. */
  readonly second: RegressionOutcomes;
  readonly score: RegressionScore;
}

/** Difference of two scores on the same texts, in the metric's unit. All NaN if one of the scores is. */
export interface RegressionDifference extends Difference {
  /** Number of omitted resamples, in which one of the two scores is undefined. */
  readonly leftOut: number;
}

/**
 * The difference of a score, second minus first, over the same resamples of the texts, and its p as in `pairedBootstrap` (Efron and
 * Tibshirani 1993, chapter 16). For errors (rmse, mae) a difference below 0 means that the second is better. Throws SHAPE if the texts are
 * not the same, and as `regressionIntervals` does.
 */
export function regressionPairedBootstrap(
  { first, second, score }: RegressionPairedParams,
  { resamples = PAIRED_RESAMPLES, seed = 1, confidence = CONFIDENCE, indices }: BootstrapOptions = {},
): RegressionDifference {
  checkRegression(first);
  checkRegression(second);
  if (!sameTargets(first.truth, second.truth)) {
    throw new HarnessError('SHAPE', { what: 'Two scores are compared text by text, and their texts are not the same.' });
  }
  const [before, after] = [regressionScores(first)[score], regressionScores(second)[score]];
  const observed = after - before;
  const rounding = ROUNDING * sizeOf(score, before, after);
  const [aPlaces, bPlaces] = [regressionPlaces(first), regressionPlaces(second)];
  const kinds = kindsOfPlaces([aPlaces.truth, aPlaces.predicted, bPlaces.predicted]);
  const a = new RegressionTally({ outcomes: first, places: aPlaces, kinds });
  const b = new RegressionTally({ outcomes: second, places: bPlaces, kinds });
  const n = kinds.of.length;
  const differences: number[] = [];
  let [extreme, defined] = [0, 0];
  eachResample({ kinds, resamples, seed, indices }, (counts) => {
    const difference = b.score(score, counts, n) - a.score(score, counts, n);
    differences.push(difference);
    if (Number.isNaN(difference)) return;
    defined++;
    if (Math.abs(difference - observed) >= Math.abs(observed) - rounding) extreme++;
  });
  if (Number.isNaN(observed)) return { difference: NaN, low: NaN, high: NaN, p: NaN, leftOut: differences.length - defined };
  return { difference: observed, ...intervalOf(differences, confidence), p: (extreme + 1) / (defined + 1) };
}

function intervalOf(values: readonly number[], confidence: number): RegressionInterval {
  checkConfidence(confidence);
  const defined = values.filter((value) => !Number.isNaN(value));
  const leftOut = values.length - defined.length;
  return defined.length === 0 ? { low: NaN, high: NaN, leftOut } : { ...middle(defined, confidence), leftOut };
}

/** The magnitude that rounding errors are relative to: errors have a unit, correlations and R2 are of magnitude 1. */
function sizeOf(score: RegressionScore, first: number, second: number): number {
  const larger = Math.max(Math.abs(first), Math.abs(second));
  return score === 'rmse' || score === 'mae' ? larger : Math.max(1, larger);
}

function sameTargets(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

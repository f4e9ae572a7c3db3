import { eachResample } from './each-resample.ts';
import { kindsOf } from './kinds.ts';
import { scoresOf, type ClassOutcomes } from './outcomes.ts';
import { middle, type Interval } from './quantile.ts';
import { checkTexts } from './scores.ts';
import { Tally, TALLIED, type Tallied } from './tally.ts';

/** Of each metric, as fractions. */
export type Intervals = Readonly<Record<Tallied, Interval>>;

/** Enough for two digits of a 95% interval, at less cost than the search that gave the outcomes. */
export const RESAMPLES = 1000;
export const CONFIDENCE = 0.95;

export interface BootstrapOptions {
  readonly resamples?: number | undefined;
  readonly seed?: number | undefined;
  readonly confidence?: number | undefined;
  /** Resamples [resamples, n], row by row, to use in place of random ones. */
  readonly indices?: Int32Array | undefined;
}

/**
 * Percentile intervals of the scores, texts drawn with replacement (Efron 1979). Each resample is scored like the whole: single-label
 * macro-F1 is the mean over the classes in the resample. Resamples lack rare classes, which shifts their macro-F1: its interval is shifted
 * back by the difference of the resamples' mean from the score, the bootstrap estimate of bias (Efron and Tibshirani 1993, chapter 10).
 * Accuracy and micro-F1 have no such bias.
 * Throws DATA if there is no text, SHAPE if predictions or indices do not fit the texts.
 */
export function bootstrapIntervals(
  outcomes: ClassOutcomes,
  { resamples = RESAMPLES, seed = 1, confidence = CONFIDENCE, indices }: BootstrapOptions = {},
): Intervals {
  checkTexts(outcomes);
  const kinds = kindsOf([outcomes.truth, outcomes.predicted]);
  const tally = new Tally({ outcomes, examples: kinds.examples });
  const values: Record<Tallied, number[]> = { accuracy: [], microF1: [], macroF1: [] };
  const scores = { accuracy: 0, microF1: 0, macroF1: 0 };
  eachResample({ kinds, resamples, seed, indices }, (counts) => {
    tally.score(counts, kinds.of.length, scores);
    for (const name of TALLIED) values[name].push(scores[name]);
  });
  return {
    accuracy: middle(values.accuracy, confidence),
    microF1: middle(values.microF1, confidence),
    macroF1: movedBack(values.macroF1, scoresOf(outcomes).macroF1, confidence),
  };
}

function movedBack(values: readonly number[], score: number, confidence: number): Interval {
  const bias = values.reduce((sum, value) => sum + value, 0) / values.length - score;
  const { low, high } = middle(values, confidence);
  return { low: Math.max(0, low - bias), high: Math.min(1, high - bias) };
}

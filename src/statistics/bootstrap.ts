import { eachResample } from './each-resample.ts';
import { kindsOf } from './kinds.ts';
import type { Outcomes } from './outcomes.ts';
import { middle, type Interval } from './quantile.ts';
import { checkTexts } from './scores.ts';
import { Tally, TALLIED, type Tallied } from './tally.ts';

/** Of each score, as fractions. */
export type Intervals = Readonly<Record<Tallied, Interval>>;

/** Enough for two digits of a 95 % interval, and few enough to cost less than the search that gave the outcomes. */
const RESAMPLES = 1000;
export const CONFIDENCE = 0.95;

export interface BootstrapOptions {
  readonly resamples?: number | undefined;
  readonly seed?: number | undefined;
  readonly confidence?: number | undefined;
  /** Resamples [resamples, n], row by row, to take in place of drawn ones. */
  readonly indices?: Int32Array | undefined;
}

/**
 * Percentile intervals of the scores, texts drawn with replacement (Efron 1979). Each resample is scored as the whole is: macro-F1 of one
 * class a text is the mean over the classes that the resample has, since one that counted 0 for not being drawn would pull the interval below the score.
 * Throws DATA where there is no text, SHAPE where predictions or indices are not of these texts.
 */
export function bootstrapIntervals(outcomes: Outcomes, { resamples = RESAMPLES, seed = 1, confidence = CONFIDENCE, indices }: BootstrapOptions = {}): Intervals {
  checkTexts(outcomes);
  const kinds = kindsOf([outcomes.truth, outcomes.predicted]);
  const tally = new Tally({ outcomes, examples: kinds.examples });
  const values: Record<Tallied, number[]> = { accuracy: [], microF1: [], macroF1: [] };
  const scores = { accuracy: 0, microF1: 0, macroF1: 0 };
  eachResample({ kinds, resamples, seed, indices }, (counts) => {
    tally.score(counts, kinds.of.length, scores);
    for (const name of TALLIED) values[name].push(scores[name]);
  });
  return { accuracy: middle(values.accuracy, confidence), microF1: middle(values.microF1, confidence), macroF1: middle(values.macroF1, confidence) };
}

import { HarnessError } from '../errors.ts';
import { CONFIDENCE, type BootstrapOptions } from './bootstrap.ts';
import { eachResample } from './each-resample.ts';
import { kindsOf } from './kinds.ts';
import { sameTexts, scoresOf, type ClassOutcomes } from './outcomes.ts';
import { middle } from './quantile.ts';
import { Tally, type Tallied } from './tally.ts';

/** A p-value cannot be below 1 / (resamples + 1), and Holm's correction multiplies it by the number of comparisons. */
export const PAIRED_RESAMPLES = 10_000;

export interface PairedParams {
  readonly first: ClassOutcomes;
  /** On the same texts. */
  readonly second: ClassOutcomes;
  readonly score: Tallied;
}

/** Difference of two scores on the same texts, as a fraction. */
export interface Difference {
  /** Second minus first. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * The difference of two scores over the same resamples of the texts. p: the fraction of resamples whose difference is at least as far from
 * the observed one as the observed one is from zero, i.e. the distribution is shifted to the null hypothesis (Efron and Tibshirani 1993,
 * chapter 16; the observed difference counts as one resample, so that p is never 0). Shifted by the observed difference, not by the mean of
 * the resamples: the question is how extreme the observed one is, and the mean adds noise. Throws SHAPE if the texts are not the same, and
 * as `bootstrapIntervals` does.
 */
export function pairedBootstrap(
  { first, second, score }: PairedParams,
  { resamples = PAIRED_RESAMPLES, seed = 1, confidence = CONFIDENCE, indices }: BootstrapOptions = {},
): Difference {
  if (!sameTexts(first, second))
    throw new HarnessError('SHAPE', { what: 'Two scores are compared text by text, and their texts are not the same.' });
  const observed = scoresOf(second)[score] - scoresOf(first)[score];
  const kinds = kindsOf([first.truth, first.predicted, second.predicted]);
  const a = new Tally({ outcomes: first, examples: kinds.examples });
  const b = new Tally({ outcomes: second, examples: kinds.examples });
  const n = kinds.of.length;
  const before = { accuracy: 0, microF1: 0, macroF1: 0 };
  const after = { accuracy: 0, microF1: 0, macroF1: 0 };
  const differences: number[] = [];
  let extreme = 0;
  const count = eachResample({ kinds, resamples, seed, indices }, (counts) => {
    a.score(counts, n, before);
    b.score(counts, n, after);
    const difference = after[score] - before[score];
    differences.push(difference);
    if (Math.abs(difference - observed) >= Math.abs(observed) - ROUNDING) extreme++;
  });
  return { difference: observed, ...middle(differences, confidence), p: (extreme + 1) / (count + 1) };
}

/** Equal differences of counts may differ in the last digits after division. */
export const ROUNDING = 1e-12;

import { HarnessError } from '../errors.ts';
import { CONFIDENCE, type BootstrapOptions } from './bootstrap.ts';
import { eachResample } from './each-resample.ts';
import { kindsOf } from './kinds.ts';
import { sameTexts, scoresOf, type ClassOutcomes } from './outcomes.ts';
import { middle } from './quantile.ts';
import { Tally, type Tallied } from './tally.ts';

/** A p-value cannot be below 1 / (resamples + 1), and Holm multiplies it by the size of the table. */
export const PAIRED_RESAMPLES = 10_000;

export interface PairedParams {
  readonly first: ClassOutcomes;
  /** Of the same texts. */
  readonly second: ClassOutcomes;
  readonly score: Tallied;
}

/** How two scores of the same texts differ, as fractions. */
export interface Difference {
  /** Second less first. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * The difference of two scores over the same resamples of the texts. p: how often a resample's difference is at least as far from
 * the observed one as that is from none, i.e. the distribution is shifted to no difference (Efron and Tibshirani 1993, chapter 16;
 * the observed difference counts as one resample, so that p is never 0). Shifted by the observed difference, not by the mean of the
 * resamples: what is asked is how far the observed one lies out, and the mean has noise of its own. Throws SHAPE where the texts are
 * not the same, and as `bootstrapIntervals` does.
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

/** Differences of counts that are equal come out of divisions unequal in the last digits. */
export const ROUNDING = 1e-12;

import { CONFIDENCE, RESAMPLES, type BootstrapOptions } from './bootstrap.ts';
import { eachResample } from './each-resample.ts';
import type { CountOutcomes } from './outcomes.ts';
import { PAIRED_RESAMPLES, ROUNDING, type Difference } from './paired-bootstrap.ts';
import { middle, type Interval } from './quantile.ts';
import { resampledScore } from './resampled-score.ts';

/**
 * Percentile interval of the F1 of counts, sentences drawn with replacement (Efron 1979). Throws SHAPE if the indices do not fit the
 * sentences.
 */
export function countInterval(
  outcomes: CountOutcomes,
  { resamples = RESAMPLES, seed = 1, confidence = CONFIDENCE, indices }: BootstrapOptions = {},
): Interval {
  const {
    kinds,
    ofResample: [value],
  } = resampledScore([outcomes], 'f1');
  const values: number[] = [];
  eachResample({ kinds, resamples, seed, indices }, (counts) => void values.push(value!(counts, kinds.of.length)));
  return middle(values, confidence);
}

/**
 * The difference of the F1 of counts, second minus first, over the same resamples of the sentences, and its p as in `pairedBootstrap`
 * (Efron and Tibshirani 1993, chapter 16). Throws as `countInterval` does.
 */
export function countPairedBootstrap(
  first: CountOutcomes,
  second: CountOutcomes,
  { resamples = PAIRED_RESAMPLES, seed = 1, confidence = CONFIDENCE, indices }: BootstrapOptions = {},
): Difference {
  const {
    kinds,
    values: [before, after],
    ofResample: [a, b],
  } = resampledScore([first, second], 'f1');
  const n = kinds.of.length;
  const observed = after! - before!;
  const differences: number[] = [];
  let extreme = 0;
  const count = eachResample({ kinds, resamples, seed, indices }, (counts) => {
    const difference = b!(counts, n) - a!(counts, n);
    differences.push(difference);
    if (Math.abs(difference - observed) >= Math.abs(observed) - ROUNDING) extreme++;
  });
  return { difference: observed, ...middle(differences, confidence), p: (extreme + 1) / (count + 1) };
}

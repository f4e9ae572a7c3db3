import { HarnessError } from '../errors.ts';
import type { BootstrapOptions } from './bootstrap.ts';
import { eachResample } from './each-resample.ts';
import { twoSided } from './normal.ts';
import { sameTexts, type CountOutcomes, type Outcomes } from './outcomes.ts';
import { Resampler } from './resample.ts';
import { resampledScore, type ScoreName } from './resampled-score.ts';

/** Enough for a standard error with a relative error of 2%. */
const RESAMPLES = 1000;

export interface BootstrapAgainstParams {
  /** [k], each the outcomes of its seeds, or of one; all on the same texts. */
  readonly all: readonly (readonly (Outcomes | CountOutcomes)[])[];
  /** Index of the one that the others are compared with. */
  readonly best: number;
  /** The metric; its mean over the seeds is compared. */
  readonly score: ScoreName;
}

/**
 * Two-sided p of each of k scoring the same as one of them: [k], 1 for that one. One bootstrap over the texts serves all; it gives the
 * standard error of each difference, and the normal distribution gives p (Efron and Tibshirani 1993, chapter 6): counting resamples could
 * not resolve the small p-values that Holm's correction needs in a large table. With s seeds each resample draws s - 1 of them, with
 * replacement, so that the variance between seeds is that of s (Rao and Wu 1988); the seeds of the two sides are drawn independently. The p
 * of one does not depend on which others are compared. Throws SHAPE if the texts are not the same.
 */
export function bootstrapAgainst(
  { all, best, score }: BootstrapAgainstParams,
  { resamples = RESAMPLES, seed = 1, indices }: Omit<BootstrapOptions, 'confidence'> = {},
): number[] {
  const flat = all.flat();
  if (!flat.every((each) => sameTexts(flat[0]!, each))) {
    throw new HarnessError('SHAPE', { what: 'Scores are compared text by text, and their texts are not the same.' });
  }
  const { kinds, values: ofAll, ofResample } = resampledScore(flat, score);
  let next = 0;
  const places = all.map((seeds) => seeds.map(() => next++));
  const values = places.map((seeds) => mean(seeds.map((at) => ofAll[at]!)));
  const samples = all.map((): number[] => []);
  const drawn = places.map((seeds) => new Int32Array(Math.max(1, seeds.length - 1)));
  // Random streams other than that of the texts: one for the best, and one for each that it is compared with.
  const draws = all.map((_, at) => new Resampler(at === best ? seed + 1 : seed + 2));
  const count = eachResample({ kinds, resamples, seed, indices }, (counts) => {
    for (const [at, seeds] of places.entries()) {
      const chosen = drawn[at]!;
      draws[at]!.draw(chosen, seeds.length);
      let sum = 0;
      for (const one of chosen) sum += ofResample[seeds[one]!]!(counts, kinds.of.length);
      samples[at]!.push(sum / chosen.length);
    }
  });
  return all.map((_, at) => {
    const difference = values[at]! - values[best]!;
    if (Math.abs(difference) < ROUNDING) return 1;
    const error = deviation(samples[best]!, samples[at]!);
    // If all resamples agree, the observed difference counts as one more.
    return error < ROUNDING ? 1 / (count + 1) : twoSided(difference / error);
  });
}

/** Equal differences of counts may differ in the last digits after division. */
const ROUNDING = 1e-12;

/** Standard deviation of the differences, over the resamples in which both scores are defined. */
function deviation(first: readonly number[], second: readonly number[]): number {
  let [sum, squares, n] = [0, 0, 0];
  for (let i = 0; i < first.length; i++) {
    const difference = second[i]! - first[i]!;
    if (Number.isNaN(difference)) continue;
    sum += difference;
    n++;
  }
  for (let i = 0; i < first.length; i++) {
    const difference = second[i]! - first[i]!;
    if (!Number.isNaN(difference)) squares += (difference - sum / n) ** 2;
  }
  return Math.sqrt(squares / (n - 1));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

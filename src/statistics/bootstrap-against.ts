import { HarnessError } from '../errors.ts';
import type { BootstrapOptions } from './bootstrap.ts';
import { eachResample } from './each-resample.ts';
import { twoSided } from './normal.ts';
import { sameTexts, type CountOutcomes, type Outcomes } from './outcomes.ts';
import { Resampler } from './resample.ts';
import { resampledScore, type ScoreName } from './resampled-score.ts';

/** Enough for a standard error that is right to 2 %. */
const RESAMPLES = 1000;

export interface BootstrapAgainstParams {
  /** [k], each the outcomes of its seeds, or of one; all of the same texts. */
  readonly all: readonly (readonly (Outcomes | CountOutcomes)[])[];
  /** With which of them the others are compared. */
  readonly best: number;
  /** Its mean over the seeds is compared. */
  readonly score: ScoreName;
}

/**
 * Two-sided p of each of k scoring the same as one of them: [k], of that one 1. One bootstrap of the texts for all of them; of each
 * difference it gives the standard error, and the normal distribution the p (Efron and Tibshirani 1993, chapter 6): counted resamples
 * could not tell the small p-values that Holm asks for in a large table. Of s seeds each resample draws s - 1, with replacement, which
 * makes the variance between seeds that of s (Rao and Wu 1988); seeds of the two that are compared are drawn each by themselves. The p
 * of one does not depend on which others there are. Throws SHAPE where the texts are not the same.
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
  // Other streams than that of the texts: one for the best, and one for each that it is compared with.
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
    // Where every resample says the same, the observed difference counts as one more.
    return error < ROUNDING ? 1 / (count + 1) : twoSided(difference / error);
  });
}

/** Differences of counts that are equal come out of divisions unequal in the last digits. */
const ROUNDING = 1e-12;

/** Standard deviation of the differences, of the resamples that have both scores. */
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

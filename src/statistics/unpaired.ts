import { HarnessError } from '../errors.ts';
import { CONFIDENCE } from './bootstrap.ts';
import { criticalValue, twoSided } from './normal.ts';
import type { Difference } from './paired-bootstrap.ts';
import type { Interval } from './quantile.ts';

export interface WilsonParams {
  readonly correct: number;
  /** Above 0. */
  readonly n: number;
  readonly confidence?: number | undefined;
}

/** Interval of a proportion (Wilson 1927). Throws INTERNAL if the counts are not valid. */
export function wilson({ correct, n, confidence = CONFIDENCE }: WilsonParams): Interval {
  if (!(n > 0 && correct >= 0 && correct <= n)) throw new HarnessError('INTERNAL', { what: `Invalid proportion: ${correct} of ${n}.` });
  const z = criticalValue(confidence);
  const share = correct / n;
  const centre = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n * n));
  // At the ends the formula gives 0 and 1 up to rounding, and an interval must contain its proportion.
  return { low: correct === 0 ? 0 : centre - half, high: correct === n ? 1 : centre + half };
}

/** A score with its interval. */
export interface ScoreInterval extends Interval {
  readonly value: number;
}

export interface UnpairedParams {
  readonly first: ScoreInterval;
  readonly second: ScoreInterval;
  /** Confidence level of both intervals, and of that of the difference. */
  readonly confidence?: number | undefined;
}

/**
 * The difference of two scores without per-text results, treated as if from different texts: from their intervals, by the square-and-add
 * method (Newcombe 1998, method 10, for Wilson's; Zou and Donner 2008 for others). p by the normal approximation, from the side of the
 * interval that faces zero. For the same texts it is too wide, never too narrow for encoders with similar errors.
 */
export function unpairedDifference({ first, second, confidence = CONFIDENCE }: UnpairedParams): Difference {
  const difference = second.value - first.value;
  const [from, to] = [reach(first), reach(second)];
  const below = Math.hypot(to.below, from.above);
  const above = Math.hypot(to.above, from.below);
  const towards = difference > 0 ? below : above;
  const p = difference === 0 ? 1 : twoSided((difference / towards) * criticalValue(confidence));
  return { difference, low: difference - below, high: difference + above, p };
}

/**
 * Distances from the score to the ends of its interval. An interval that does not contain its score, as one read from a file may not, only
 * gives a width: half of it on each side.
 */
function reach({ value, low, high }: ScoreInterval): { readonly below: number; readonly above: number } {
  if (low <= value && value <= high) return { below: value - low, above: high - value };
  return { below: (high - low) / 2, above: (high - low) / 2 };
}

import { checkConfidence } from './quantile.ts';

/**
 * Normal distribution: probability of a value further than z from the mean, two-sided. Continued fraction and series of erfc (Abramowitz
 * and Stegun 7.1.5 and 7.1.14), accurate to twelve digits.
 */
export function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  if (!Number.isFinite(x)) return 0;
  if (x < 1) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 300; n >= 1; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/** The z with 5% outside, two-sided. */
export const Z_95 = 1.959963984540054;

/**
 * The z with 1 - confidence outside, two-sided. Newton's method from 0: `twoSided` is convex there, so that the steps only rise, and stop
 * where only rounding is left. Throws INTERNAL if the confidence is not valid.
 */
export function criticalValue(confidence: number): number {
  checkConfidence(confidence);
  let z = 0;
  for (;;) {
    const slope = Math.sqrt(2 / Math.PI) * Math.exp((-z * z) / 2);
    const next = z + (twoSided(z) - (1 - confidence)) / slope;
    if (!(next > z)) return z;
    z = next;
  }
}

/**
 * Normal distribution: share of the values that are further than z from the mean, on both sides. Continued fraction and series of
 * erfc (Abramowitz and Stegun 7.1.5 and 7.1.14), right to twelve digits.
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

/** The z that leaves 5 % outside, both sides together. */
export const Z_95 = 1.959963984540054;

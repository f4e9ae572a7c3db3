import { HarnessError } from '../errors.ts';
import { Z_95 } from './normal.ts';
import type { Interval } from './quantile.ts';

export interface Discordant {
  /** Texts that only the first has correct. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
}

/**
 * McNemar's exact test: two-sided p under equal accuracy (binomial, 1/2) of the discordant texts. 1 if there are none. Sums from the
 * largest tail term down in logarithms, so that counts of a million neither overflow nor vanish.
 */
export function mcnemarExact({ onlyFirst, onlySecond }: Discordant): number {
  if (![onlyFirst, onlySecond].every((count) => Number.isSafeInteger(count) && count >= 0))
    throw new HarnessError('INTERNAL', { what: `Invalid counts: ${onlyFirst} and ${onlySecond}.` });
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  if (2 * fewer >= n) return 1;
  // P(fewer), then each term from the one above: C(n, k - 1) = C(n, k) k / (n - k + 1).
  let sum = 0;
  for (let k = fewer, ratio = 1; k >= 0 && ratio > Number.EPSILON * sum * 1e-3; ratio *= k / (n - k + 1), k--) sum += ratio;
  return Math.min(1, 2 * sum * Math.exp(logChoose(n, fewer) - n * Math.LN2));
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** From here on the omitted terms of Stirling's series are too small for a double. */
const SMALL = 100;

/** ln n!: a sum where n is small, Stirling's series to 1 / n^5 beyond. */
function logFactorial(n: number): number {
  if (n < SMALL) {
    let sum = 0;
    for (let i = 2; i <= n; i++) sum += Math.log(i);
    return sum;
  }
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5);
}

/**
 * How many more texts the second has correct than the first, as a fraction of all texts, with its 95% interval: the normal approximation
 * for paired proportions (Agresti 2013, 11.1.2).
 */
export function pairedShare({ onlyFirst, onlySecond, n }: Discordant & { readonly n: number }): Interval & { readonly difference: number } {
  const difference = (onlySecond - onlyFirst) / n;
  const half = (Z_95 * Math.sqrt(onlyFirst + onlySecond - (onlySecond - onlyFirst) ** 2 / n)) / n;
  return { difference, low: Math.max(-1, difference - half), high: Math.min(1, difference + half) };
}

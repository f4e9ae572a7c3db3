import type { Difference } from './paired-bootstrap.ts';
import { twoSided, Z_95 } from './normal.ts';
import type { Interval } from './quantile.ts';

/** 95 % interval of a share (Wilson 1927). `n` > 0. */
export function wilson({ correct, n }: { readonly correct: number; readonly n: number }): Interval {
  const z2 = Z_95 ** 2;
  const share = correct / n;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z_95 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** A score, and its 95 % interval. */
export interface ScoreInterval extends Interval {
  readonly value: number;
}

/**
 * The difference of two scores of which no text is known, as if they were of different texts: from their intervals, by the square-and-add
 * method (Newcombe 1998, method 10, where they are Wilson's; Zou and Donner 2008 for others). p by the normal approximation, from the side
 * of the interval that looks towards no difference. Of the same texts it is too wide, never too narrow for encoders that err alike.
 */
export function unpairedDifference({ first, second }: { readonly first: ScoreInterval; readonly second: ScoreInterval }): Difference {
  const difference = second.value - first.value;
  const below = Math.hypot(second.value - second.low, first.high - first.value);
  const above = Math.hypot(second.high - second.value, first.value - first.low);
  const towards = difference > 0 ? below : above;
  return { difference, low: difference - below, high: difference + above, p: difference === 0 ? 1 : twoSided((difference / towards) * Z_95) };
}

import { averageRanks } from './ranks.ts';

/** Correlation of two lists, -1 to 1; NaN if one of them is constant. x and y have the same length. */

/** Clipped as scipy.stats.pearsonr does. A constant list is recognised by its values, not by sums, which are subject to rounding. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (isConstant(x) || isConstant(y)) return NaN;
  const [mx, my] = [mean(x), mean(y)];
  let [both, first, second] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - mx, y[i]! - my];
    both += dx * dy;
    first += dx ** 2;
    second += dy ** 2;
  }
  return Math.max(-1, Math.min(1, both / Math.sqrt(first * second)));
}

/** Pearson's correlation of the ranks; ties get their mean rank. In O(n log n). */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return pearson(averageRanks(x), averageRanks(y));
}

/** Kendall's tau-b: concordant minus discordant pairs, corrected for ties. */
export function kendall(x: readonly number[], y: readonly number[]): number {
  return weighted(x, y, () => 1);
}

/**
 * Weighted tau (Vigna 2015), with the defaults of scipy.stats.weightedtau: a pair weighs 1 / (1 + rank) of each of the two, so that order
 * at the top counts most; the mean of ranking by x and by y.
 */
export function weightedTau(x: readonly number[], y: readonly number[]): number {
  return (byRank(x, y, descending(x, y)) + byRank(x, y, descending(y, x))) / 2;
}

function byRank(x: readonly number[], y: readonly number[], rank: readonly number[]): number {
  return weighted(x, y, (i, j) => 1 / (1 + rank[i]!) + 1 / (1 + rank[j]!));
}

function weighted(x: readonly number[], y: readonly number[], weight: (i: number, j: number) => number): number {
  let [agree, first, second] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const [dx, dy, w] = [Math.sign(x[i]! - x[j]!), Math.sign(y[i]! - y[j]!), weight(i, j)];
      agree += dx * dy * w;
      first += dx * dx * w;
      second += dy * dy * w;
    }
  }
  return agree / Math.sqrt(first * second);
}

/** Rank of each value in descending order, from 0; ties are broken by the larger `then`. */
function descending(by: readonly number[], then: readonly number[]): number[] {
  const order = [...by.keys()].toSorted((a, b) => by[b]! - by[a]! || then[b]! - then[a]!);
  const rank = by.map(() => 0);
  for (const [place, at] of order.entries()) rank[at] = place;
  return rank;
}

/** Whether all values are equal; true for an empty list. */
function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

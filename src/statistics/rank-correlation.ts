/** How two lists agree, -1 to 1; NaN where one of them is all the same. x and y are as long as each other. */

export function pearson(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  let [both, first, second] = [0, 0, 0];
  for (const [i, value] of x.entries()) {
    both += (value - mx) * (y[i]! - my);
    first += (value - mx) ** 2;
    second += (y[i]! - my) ** 2;
  }
  return both / Math.sqrt(first * second);
}

/** Pearson's of the ranks; equal values have the mean of theirs. */
export function spearman(x: readonly number[], y: readonly number[]): number {
  return pearson(ranks(x), ranks(y));
}

/** Kendall's tau-b: pairs in the same order less pairs in the other, corrected for ties. */
export function kendall(x: readonly number[], y: readonly number[]): number {
  return weighted(x, y, () => 1);
}

/**
 * Weighted tau (Vigna 2015), as scipy.stats.weightedtau has it by default: a pair weighs 1 / (1 + rank) of each of the two, so that order
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

/** Place of each value from the largest down, from 0; of equal ones the larger by `then` comes first. */
function descending(by: readonly number[], then: readonly number[]): number[] {
  const order = [...by.keys()].toSorted((a, b) => by[b]! - by[a]! || then[b]! - then[a]!);
  const rank = by.map(() => 0);
  for (const [place, at] of order.entries()) rank[at] = place;
  return rank;
}

function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    let [below, same] = [0, 0];
    for (const other of values) {
      if (other < value) below++;
      if (other === value) same++;
    }
    return below + (same + 1) / 2;
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

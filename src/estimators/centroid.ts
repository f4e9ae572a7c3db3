import type { Labelled } from './labelled.ts';

/**
 * Nearest centroid, leave-one-out: the class with the nearest mean, from which the text itself is excluded. A class of one text has no mean
 * without it. Euclidean; a tie goes to the smallest class. [n] classes.
 */
export function nearestCentroid({ vectors: { rows: n, cols: d, data }, labels, classes }: Labelled): Int32Array {
  const sums = new Float64Array(classes * d);
  const counts = new Float64Array(classes);
  for (let i = 0, at = 0; i < n; i++) {
    counts[labels[i]!]!++;
    for (let j = 0, to = labels[i]! * d; j < d; j++, at++, to++) sums[to]! += data[at]!;
  }
  const predicted = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    let best = Infinity;
    for (let c = 0; c < classes; c++) {
      const own = c === labels[i] ? 1 : 0;
      const count = counts[c]! - own;
      if (count === 0) continue;
      let distance = 0;
      for (let j = 0, at = i * d, from = c * d; j < d; j++, at++, from++) {
        const difference = data[at]! - (sums[from]! - own * data[at]!) / count;
        distance += difference * difference;
      }
      if (distance < best) {
        best = distance;
        predicted[i] = c;
      }
    }
  }
  return predicted;
}

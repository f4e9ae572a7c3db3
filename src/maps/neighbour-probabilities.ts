/** Bisection steps in the search for a precision; each halves the remaining range. */
const MOST_TRIES = 100;
/** Tolerance of the entropy, in nats: scikit-learn's. */
const TOLERANCE = 1e-5;

/**
 * Joint probability that one of two texts picks the other as its neighbour: the upper triangle of a symmetric [n, n] matrix, row by row,
 * which sums to 1/2. Nearer texts are more likely; each text's conditional probabilities have the given perplexity (van der Maaten and
 * Hinton 2008, equation 1 and section 3.1).
 */
export function neighbourProbabilities(rows: readonly Float64Array[], perplexity: number): Float64Array {
  const n = rows.length;
  const pairs = new Float64Array((n * (n - 1)) / 2);
  const distances = new Float64Array(n);
  const picked = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) distances[j] = j === i ? Number.POSITIVE_INFINITY : squaredDistance(rows[i]!, rows[j]!);
    pick(distances, i, Math.log(perplexity), picked);
    // Both directions of a pair share one entry: of texts a < b it is at the start of row a, plus b.
    for (let j = 0, at = i - 1; j < i; at += n - j - 2, j++) pairs[at]! += picked[j]! / (2 * n);
    for (let j = i + 1, at = i * n - (i * (i + 1)) / 2; j < n; j++, at++) pairs[at]! += picked[j]! / (2 * n);
  }
  return pairs;
}

/** Fills `picked` [n] with the conditional probabilities of text i, whose entropy is the one wanted, or as close as the search gets. */
function pick(distances: Float64Array, i: number, entropy: number, picked: Float64Array): void {
  let [nearest, sum] = [Number.POSITIVE_INFINITY, 0];
  for (let j = 0; j < distances.length; j++) {
    if (j === i) continue;
    nearest = Math.min(nearest, distances[j]!);
    sum += distances[j]!;
  }
  // Whatever the scale of the distances, the search starts where their mean is 1, and the nearest text has probability 1 before
  // normalisation.
  const mean = sum / (distances.length - 1) - nearest;
  let [precision, low, high] = [mean > 0 ? 1 / mean : 1, 0, Number.POSITIVE_INFINITY];
  for (let tries = 0; ; tries++) {
    let [total, weighted] = [0, 0];
    for (let j = 0; j < distances.length; j++) {
      const beyond = distances[j]! - nearest;
      const p = j === i ? 0 : Math.exp(-precision * beyond);
      picked[j] = p;
      total += p;
      if (p > 0) weighted += p * beyond;
    }
    const found = Math.log(total) + (precision * weighted) / total;
    if (Math.abs(found - entropy) < TOLERANCE || tries === MOST_TRIES) {
      for (let j = 0; j < picked.length; j++) picked[j]! /= total;
      return;
    }
    if (found > entropy) low = precision;
    else high = precision;
    precision = high === Number.POSITIVE_INFINITY ? 2 * precision : (low + high) / 2;
  }
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) {
    const diff = a[d]! - b[d]!;
    sum += diff * diff;
  }
  return sum;
}

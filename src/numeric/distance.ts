/**
 * Distances in float64 of float32 rows that begin at some place of an array each. Equal rows give exactly equal distances, whichever two of
 * them are compared.
 */

/** Decimals of a cosine distance: float32 vectors do not hold more, and rows that only differ in length shall be equal. */
const COSINE_DECIMALS = 1e12;

/** Sum of products of `left` from `at` on and `right` from `to` on, `cols` each, in float64. */
export function dot(left: Float32Array, at: number, right: Float32Array, to: number, cols: number): number {
  // Four sums, since one would wait for itself at each addition.
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const end = at + cols;
  for (const four = end - 3; at < four; at += 4, to += 4) {
    s0 += left[at]! * right[to]!;
    s1 += left[at + 1]! * right[to + 1]!;
    s2 += left[at + 2]! * right[to + 2]!;
    s3 += left[at + 3]! * right[to + 3]!;
  }
  for (; at < end; at++, to++) s0 += left[at]! * right[to]!;
  return s0 + s1 + (s2 + s3);
}

/** Euclidean distance of the same: differences squared and summed in float64. */
export function euclidean(left: Float32Array, at: number, right: Float32Array, to: number, cols: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const end = at + cols;
  for (const four = end - 3; at < four; at += 4, to += 4) {
    const d0 = left[at]! - right[to]!;
    const d1 = left[at + 1]! - right[to + 1]!;
    const d2 = left[at + 2]! - right[to + 2]!;
    const d3 = left[at + 3]! - right[to + 3]!;
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (; at < end; at++, to++) s0 += (left[at]! - right[to]!) ** 2;
  return Math.sqrt(s0 + s1 + (s2 + s3));
}

/**
 * Cosine distance 1 - cos from a dot product and the two squared lengths, to 12 decimals. A zero vector is at distance
 * 1 from everything, itself included, as in scikit-learn's predict. The cosine is the root of one quotient, so that
 * equal rows are at distance 0 and equal ratios of whole numbers are equal distances, to the last bit.
 */
export function cosineDistance(product: number, squaredA: number, squaredB: number): number {
  if (squaredA === 0 || squaredB === 0) return 1;
  const squared = Math.min(1, (product * product) / (squaredA * squaredB));
  return Math.round((1 - Math.sign(product) * Math.sqrt(squared)) * COSINE_DECIMALS) / COSINE_DECIMALS;
}

/** Cosine distances further apart than this are different numbers, whatever float64 lost on the way. */
export const COSINE_RESOLUTION = 1 / COSINE_DECIMALS;

/**
 * Distances in float64 of float32 rows that start at some offset of their arrays. Equal rows give exactly equal distances, whatever they
 * are compared with.
 */

/** Decimals of a cosine distance: float32 vectors are not more precise, and rows that only differ in length must be equal. */
const COSINE_DECIMALS = 1e12;

/** Dot product of `left` from `at` on and `right` from `to` on, `cols` numbers each, in float64. */
export function dot(left: Float32Array, at: number, right: Float32Array, to: number, cols: number): number {
  // Four independent sums: a single one would wait for its own result at each addition.
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

/** Euclidean distance of the same ranges: differences squared and summed in float64. */
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
 * Cosine distance 1 - cos from a dot product and the two squared lengths, to 12 decimals. A zero vector is at distance 1 from everything,
 * including itself, as in scikit-learn's predict. The cosine is the root of a single quotient, so that equal rows are at distance 0 and
 * equal ratios of integers give equal distances, to the last bit.
 */
export function cosineDistance(product: number, squaredA: number, squaredB: number): number {
  if (squaredA === 0 || squaredB === 0) return 1;
  const squared = Math.min(1, (product * product) / (squaredA * squaredB));
  return Math.round((1 - Math.sign(product) * Math.sqrt(squared)) * COSINE_DECIMALS) / COSINE_DECIMALS;
}

/** Cosine distances that differ by more than this are different numbers, despite the rounding of float64. */
export const COSINE_RESOLUTION = 1 / COSINE_DECIMALS;

import { HarnessError } from '../errors.ts';

/** A symmetric positive definite matrix [d, d], row-major: only its lower triangle is read. */

/** Lower factor L with A = L Lᵀ, zeros above (Golub and Van Loan 4.2). Throws DATA if the matrix is not positive definite. */
export function cholesky(a: Float64Array, d: number): Float64Array {
  const l = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const value = a[i * d + j]! - dot(l, i * d, j * d, j);
      if (j < i) l[i * d + j] = value / l[j * d + j]!;
      else if (value > 0) l[i * d + i] = Math.sqrt(value);
      else throw new HarnessError('DATA', { what: 'The matrix is not positive definite.' });
    }
  }
  return l;
}

/** L⁻¹ columns, in place: solves L x = b for columns b [d, k], row-major. */
export function solveLower({
  l,
  d,
  columns,
  k,
}: {
  readonly l: Float64Array;
  readonly d: number;
  readonly columns: Float64Array;
  readonly k: number;
}): void {
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      const factor = l[i * d + j]!;
      for (let c = 0, to = i * k, from = j * k; c < k; c++, to++, from++) columns[to]! -= factor * columns[from]!;
    }
    const diagonal = l[i * d + i]!;
    for (let c = 0, to = i * k; c < k; c++, to++) columns[to]! /= diagonal;
  }
}

/** L⁻¹, lower. */
export function invertLower(l: Float64Array, d: number): Float64Array {
  const inverse = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    const to = i * d;
    for (let j = 0; j < i; j++) {
      const factor = l[i * d + j]!;
      for (let c = 0, at = to, from = j * d; c <= j; c++, at++, from++) inverse[at]! -= factor * inverse[from]!;
    }
    const diagonal = l[to + i]!;
    for (let c = 0, at = to; c < i; c++, at++) inverse[at]! /= diagonal;
    inverse[to + i] = 1 / diagonal;
  }
  return inverse;
}

/** Four independent sums: a single one would wait for its own result. */
function dot(l: Float64Array, from: number, other: number, count: number): number {
  let [a, b, c, e] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 3 < count; k += 4) {
    a += l[from + k]! * l[other + k]!;
    b += l[from + k + 1]! * l[other + k + 1]!;
    c += l[from + k + 2]! * l[other + k + 2]!;
    e += l[from + k + 3]! * l[other + k + 3]!;
  }
  for (; k < count; k++) a += l[from + k]! * l[other + k]!;
  return a + b + c + e;
}

import { HarnessError } from '../errors.ts';

export interface Spectrum {
  /** [d] eigenvalues, unsorted. */
  readonly values: Float64Array;
  /** [d, k] dot products of each eigenvector with the columns. */
  readonly projections: Float64Array;
}

/** Maximum rotations per eigenvalue; more than a handful means that the numbers are not finite. */
const MOST_TURNS = 60;

/**
 * Eigenvalues of a symmetric matrix [d, d], which is overwritten, and the products of its eigenvectors with `columns` [d, k], without the
 * vectors themselves: Householder's reflections and the implicit QL rotations (Golub and Van Loan 8.3) are applied to the columns, so that
 * d² k replaces the d³ that dominates an eigendecomposition. Throws DATA if a number is not finite.
 */
export function spectrum({
  symmetric: a,
  size: d,
  columns,
  count: k,
}: {
  readonly symmetric: Float64Array;
  readonly size: number;
  readonly columns: Float64Array;
  readonly count: number;
}): Spectrum {
  const z = columns.slice();
  const diagonal = new Float64Array(d);
  const beside = new Float64Array(d);
  const v = new Float64Array(d);
  const p = new Float64Array(d);
  const sums = new Float64Array(k);
  for (let step = 0; step < d - 2; step++) {
    let norm = 0;
    for (let i = step + 1; i < d; i++) norm += a[i * d + step]! ** 2;
    norm = Math.sqrt(norm);
    const first = a[(step + 1) * d + step]!;
    const alpha = first > 0 ? -norm : norm;
    beside[step] = alpha;
    if (norm === 0) continue;
    // v is the reflector, of length sqrt(2), so that H = I - v vᵀ.
    const scale = 1 / Math.sqrt(norm * (norm + Math.abs(first)));
    for (let i = step + 1; i < d; i++) v[i] = a[i * d + step]! * scale;
    v[step + 1] = (first - alpha) * scale;
    // Only the lower triangle is read and stored: each number represents two.
    for (let i = step + 1; i < d; i++) p[i] = 0;
    for (let i = step + 1; i < d; i++) {
      const vi = v[i]!;
      let sum = 0;
      let at = i * d + step + 1;
      for (let j = step + 1; j < i; j++, at++) {
        const value = a[at]!;
        sum += value * v[j]!;
        p[j]! += value * vi;
      }
      p[i]! += sum + a[at]! * vi;
    }
    let dot = 0;
    for (let i = step + 1; i < d; i++) dot += p[i]! * v[i]!;
    for (let i = step + 1; i < d; i++) p[i]! -= (dot / 2) * v[i]!;
    for (let i = step + 1; i < d; i++) {
      const [vi, pi] = [v[i]!, p[i]!];
      for (let j = step + 1, at = i * d + step + 1; j <= i; j++, at++) a[at]! -= vi * p[j]! + pi * v[j]!;
    }
    sums.fill(0);
    for (let i = step + 1; i < d; i++) for (let c = 0, at = i * k; c < k; c++, at++) sums[c]! += v[i]! * z[at]!;
    for (let i = step + 1; i < d; i++) for (let c = 0, at = i * k; c < k; c++, at++) z[at]! -= sums[c]! * v[i]!;
  }
  if (d >= 2) beside[d - 2] = a[(d - 1) * d + d - 2]!;
  for (let i = 0; i < d; i++) diagonal[i] = a[i * d + i]!;
  diagonalise({ diagonal, beside, z, k });
  return { values: diagonal, projections: z };
}

/** Implicit QL of a tridiagonal matrix with `beside` below its diagonal; the rotations are applied to the rows of z [d, k]. */
function diagonalise({
  diagonal,
  beside,
  z,
  k,
}: {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
  readonly z: Float64Array;
  readonly k: number;
}): void {
  const d = diagonal.length;
  // Smaller values are rounding errors of the largest (as in EISPACK's tql2): between eigenvalues of 0 nothing else would stop the
  // rotations.
  const noise = Number.EPSILON * diagonal.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(beside[i]!)), 0);
  for (let low = 0; low < d; low++) {
    for (let turn = 0; ; turn++) {
      let high = low;
      for (; high < d - 1; high++) {
        const size = Math.abs(diagonal[high]!) + Math.abs(diagonal[high + 1]!);
        if (Math.abs(beside[high]!) <= Math.max(Number.EPSILON * size, noise)) break;
      }
      if (high === low) break;
      if (turn === MOST_TURNS) throw new HarnessError('DATA', { what: 'The vectors have no spectrum: a value is infinite or NaN.' });
      let g = (diagonal[low + 1]! - diagonal[low]!) / (2 * beside[low]!);
      let r = Math.hypot(g, 1);
      g = diagonal[high]! - diagonal[low]! + beside[low]! / (g + (g >= 0 ? r : -r));
      let [s, c, shift] = [1, 1, 0];
      let i = high - 1;
      for (; i >= low; i--) {
        const f = s * beside[i]!;
        const b = c * beside[i]!;
        r = Math.hypot(f, g);
        beside[i + 1] = r;
        if (r === 0) {
          diagonal[i + 1]! -= shift;
          beside[high] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = diagonal[i + 1]! - shift;
        r = (diagonal[i]! - g) * s + 2 * c * b;
        shift = s * r;
        diagonal[i + 1] = g + shift;
        g = c * r - b;
        for (let column = 0, at = i * k; column < k; column++, at++) {
          const upper = z[at + k]!;
          z[at + k] = s * z[at]! + c * upper;
          z[at] = c * z[at]! - s * upper;
        }
      }
      if (r === 0 && i >= low) continue;
      diagonal[low]! -= shift;
      beside[low] = g;
      beside[high] = 0;
    }
  }
}

import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { Metric, Neighbours } from '../../src/knn/types.ts';
import { matrix, row, type Matrix } from '../../src/numeric/matrix.ts';

/** Plain nearest neighbours, to compare with: every distance in float64, all sorted by (distance, row). */
export function brute({ corpus, queries, k, metric, corpusRows, queryRows, excludeSelf = false, exclusion }: BruteParams): Neighbours {
  const among = corpusRows ?? Int32Array.from({ length: corpus.rows }, (_, i) => i);
  const from = queries ?? corpus;
  const asked = queryRows ?? Int32Array.from({ length: from.rows }, (_, i) => i);
  const indices = new Int32Array(asked.length * k);
  const distances = new Float64Array(asked.length * k);
  for (const [q, i] of asked.entries()) {
    const query = row(from, i);
    const all = Array.from(among, (j) => ({ j, d: distance(query, row(corpus, j), metric) })).filter(
      ({ j }) => !(excludeSelf && j === i) && (exclusion === undefined || exclusion[j] !== exclusion[i]),
    );
    const best = all.toSorted((a, b) => a.d - b.d || a.j - b.j).slice(0, k);
    indices.set(
      best.map(({ j }) => j),
      q * k,
    );
    distances.set(
      best.map(({ d }) => d),
      q * k,
    );
  }
  return { queries: asked.length, k, indices, distances };
}

interface BruteParams {
  readonly corpus: Matrix;
  readonly queries?: Matrix;
  readonly k: number;
  readonly metric: Metric;
  readonly corpusRows?: Int32Array;
  readonly queryRows?: Int32Array;
  readonly excludeSelf?: boolean;
  readonly exclusion?: Int32Array;
}

/** Cosine distances to 12 decimals. */
function distance(a: Float32Array, b: Float32Array, metric: Metric): number {
  let [ab, aa, bb, dd] = [0, 0, 0, 0];
  // Billions of products in some specs: no iterator, no power.
  for (let j = 0; j < a.length; j++) {
    const [x, y] = [a[j]!, b[j]!];
    ab += x * y;
    aa += x * x;
    bb += y * y;
    dd += (x - y) * (x - y);
  }
  if (metric === 'euclidean') return Math.sqrt(dd);
  return aa === 0 || bb === 0 ? 1 : Number((1 - ab / Math.sqrt(aa * bb)).toFixed(12)) + 0;
}

/** Numbers of -0.5 to 0.5. */
export function uniform(rows: number, cols: number, seed: number): Matrix {
  const random = xoroshiro128plus(seed);
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => uniformFloat64(random) - 0.5),
  );
}

/** Whole numbers of -most to most: many equal distances. */
export function integers(rows: number, cols: number, { seed, most }: { seed: number; most: number }): Matrix {
  const m = uniform(rows, cols, seed);
  return matrix(
    rows,
    cols,
    m.data.map((value) => Math.round(value * 2 * most)),
  );
}

/** The matrix with every row i replaced by row i % different. */
export function repeated(m: Matrix, different: number): Matrix {
  const data = new Float32Array(m.data.length);
  for (let i = 0; i < m.rows; i++) data.set(row(m, i % different), i * m.cols);
  return matrix(m.rows, m.cols, data);
}

/** Distances to 10 digits: two orders of summation need not agree in the last. */
export function assertable({ distances, indices, ...rest }: Neighbours) {
  return { ...rest, indices: [...indices], distances: Array.from(distances, (d) => Number(d.toPrecision(10))) };
}

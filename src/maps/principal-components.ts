import { row, type Matrix } from '../numeric/matrix.ts';
import { spectrum } from '../numeric/spectrum.ts';

export interface ComponentsParams {
  /** [n, width] */
  readonly vectors: Matrix;
  /** At most the width, and less than the number of rows. */
  readonly count: number;
}

/**
 * The centred rows projected onto their first `count` principal axes: [n][count], by decreasing variance. A single axis gets a second one
 * of zeros. Throws DATA if a number is infinite.
 */
export function principalComponents({ vectors, count }: ComponentsParams): Float64Array[] {
  const { mean, centred } = centredRows(vectors);
  // Equal rows differ from their mean by rounding only: they have no principal axis.
  const spread = centred.reduce((sum, each) => sum + dot(each, each), 0) / centred.length;
  if (spread <= Number.EPSILON * dot(mean, mean)) return centred.map(() => new Float64Array(2));
  const components = vectors.rows < vectors.cols ? ofProducts(centred, count) : ofAxes(centred, count);
  return components.map((each) => (count < 2 ? Float64Array.of(each[0]!, 0) : each));
}

/** With fewer texts than dimensions: the eigenvectors of the Gram matrix [n, n] are the components up to scale. */
function ofProducts(centred: readonly Float64Array[], count: number): Float64Array[] {
  const { values, vectors, order } = eigen(centred.map((a) => centred.map((b) => dot(a, b))));
  const widest = order.slice(0, count);
  return centred.map((_, i) => Float64Array.from(widest, (axis) => vectors[axis]![i]! * Math.sqrt(Math.max(0, values[axis]!))));
}

/** The eigenvectors of the covariance products [width, width] are the axes. */
function ofAxes(centred: readonly Float64Array[], count: number): Float64Array[] {
  const width = centred[0]!.length;
  const products = Array.from({ length: width }, () => new Float64Array(width));
  for (const each of centred)
    for (let i = 0; i < width; i++) {
      const [value, into] = [each[i]!, products[i]!];
      for (let j = 0; j <= i; j++) into[j]! += value * each[j]!;
    }
  const { vectors, order } = eigen(products);
  const axes = order.slice(0, count).map((axis) => vectors[axis]!);
  return centred.map((each) => Float64Array.from(axes, (axis) => dot(each, axis)));
}

/** Of a symmetric matrix, of which the lower triangle is read: eigenvalues, eigenvectors, and their indices by decreasing eigenvalue. */
function eigen(symmetric: readonly ArrayLike<number>[]) {
  const size = symmetric.length;
  const unit = new Float64Array(size * size);
  const lower = new Float64Array(size * size);
  for (const [i, from] of symmetric.entries()) {
    unit[i * size + i] = 1;
    for (let j = 0; j <= i; j++) lower[i * size + j] = from[j]!;
  }
  // The products of eigenvectors with unit vectors are their entries.
  const { values, projections } = spectrum({ symmetric: lower, size, columns: unit, count: size });
  const vectors = Array.from({ length: size }, (_, i) => projections.subarray(i * size, (i + 1) * size));
  const order = [...values.keys()].toSorted((a, b) => values[b]! - values[a]! || a - b);
  return { values, vectors, order };
}

function centredRows(vectors: Matrix): { readonly mean: Float64Array; readonly centred: Float64Array[] } {
  const mean = new Float64Array(vectors.cols);
  const rows = Array.from({ length: vectors.rows }, (_, i) => Float64Array.from(row(vectors, i)));
  for (const each of rows) for (let j = 0; j < mean.length; j++) mean[j]! += each[j]! / vectors.rows;
  for (const each of rows) for (let j = 0; j < mean.length; j++) each[j]! -= mean[j]!;
  return { mean, centred: rows };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

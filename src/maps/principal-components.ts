import { PCA } from '@saehrimnir/druidjs';
import { row, type Matrix } from '../numeric/matrix.ts';

export interface ComponentsParams {
  /** [n, width] */
  readonly vectors: Matrix;
  /** At most the width. */
  readonly count: number;
  readonly seed: number;
}

/** The rows, centred, on their first `count` principal axes: [n][count]. A single axis gets an empty second one. */
export function principalComponents({ vectors, count, seed }: ComponentsParams): Float64Array[] {
  const { mean, centred } = centredRows(vectors);
  // Equal rows are as far from their mean as its rounding is: no axis is theirs.
  const spread = centred.reduce((sum, each) => sum + squares(each), 0) / centred.length;
  if (spread <= Number.EPSILON * squares(mean)) return centred.map(() => new Float64Array(2));
  const components = new PCA(centred, { d: count, seed }).transform();
  return components.map((each) => (count < 2 ? Float64Array.of(each[0]!, 0) : Float64Array.from(each)));
}

function centredRows(vectors: Matrix): { readonly mean: Float64Array; readonly centred: Float64Array[] } {
  const mean = new Float64Array(vectors.cols);
  const rows = Array.from({ length: vectors.rows }, (_, i) => Float64Array.from(row(vectors, i)));
  for (const each of rows) for (let j = 0; j < mean.length; j++) mean[j]! += each[j]! / vectors.rows;
  for (const each of rows) for (let j = 0; j < mean.length; j++) each[j]! -= mean[j]!;
  return { mean, centred: rows };
}

function squares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value ** 2, 0);
}

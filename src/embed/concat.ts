import { matrix, row, type Matrix } from '../numeric/matrix.ts';

/**
 * What is done to each encoder's vectors before they stand side by side: nothing (as published), unit length, or each
 * feature to mean 0 and deviation 1 (StandardScaler of scikit-learn: population deviation, constant features left at 0).
 */
export const CONCAT_NORMS = ['raw', 'l2', 'zscore'] as const;
export type ConcatNorm = (typeof CONCAT_NORMS)[number];

export interface ConcatParams {
  readonly norm: ConcatNorm;
  /** Rows that mean and deviation are taken from; all where left out. */
  readonly fitOn?: ((row: number) => boolean) | undefined;
  readonly rows: number;
  /** Numbers in each member's vectors. */
  readonly widths: readonly number[];
  /** Vectors of member i [rows, widths[i]]; asked for one at a time, and not held. */
  readonly load: (member: number) => Promise<Matrix>;
}

/** Vectors of several encoders side by side [rows, sum of widths]. */
export async function concat({ norm, fitOn = () => true, rows, widths, load }: ConcatParams): Promise<Matrix> {
  const result = matrix(rows, widths.reduce((sum, width) => sum + width, 0));
  let at = 0;
  for (const [member, width] of widths.entries()) {
    const vectors = await load(member);
    normalise(vectors, norm, fitOn);
    for (let i = 0; i < rows; i++) result.data.set(row(vectors, i), i * result.cols + at);
    at += width;
  }
  return result;
}

/** In place; sums in float64. */
function normalise(vectors: Matrix, norm: ConcatNorm, fitOn: (row: number) => boolean): void {
  switch (norm) {
    case 'raw':
      return;
    case 'l2':
      for (let i = 0; i < vectors.rows; i++) {
        const vector = row(vectors, i);
        const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
        if (length > 0) for (let j = 0; j < vector.length; j++) vector[j]! /= length;
      }
      return;
    case 'zscore':
      standardise(vectors, fitOn);
      return;
    default:
      norm satisfies never;
  }
}

function standardise({ rows, cols, data }: Matrix, fitOn: (row: number) => boolean): void {
  const mean = new Float64Array(cols);
  const square = new Float64Array(cols);
  let fitted = 0;
  for (let i = 0; i < rows; i++) {
    if (!fitOn(i)) continue;
    fitted++;
    for (let j = 0; j < cols; j++) mean[j]! += data[i * cols + j]!;
  }
  for (let j = 0; j < cols; j++) mean[j]! /= Math.max(1, fitted);
  for (let i = 0; i < rows; i++) {
    if (!fitOn(i)) continue;
    for (let j = 0; j < cols; j++) square[j]! += (data[i * cols + j]! - mean[j]!) ** 2;
  }
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const deviation = Math.sqrt(square[j]! / Math.max(1, fitted));
      data[i * cols + j] = (data[i * cols + j]! - mean[j]!) / (deviation > 0 ? deviation : 1);
    }
  }
}

import { HarnessError } from '../errors.ts';

/** Rows of float32, row-major: element (i, j) is data[i * cols + j]. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}

/** Throws SHAPE if `data` does not have rows x cols elements. */
export function matrix(rows: number, cols: number, data: Float32Array = new Float32Array(rows * cols)): Matrix {
  if (data.length !== rows * cols) {
    throw new HarnessError('SHAPE', { what: `A matrix of ${rows} x ${cols} needs ${rows * cols} numbers, got ${data.length}.` });
  }
  return { rows, cols, data };
}

/** Row i, a view. */
export function row(m: Matrix, i: number): Float32Array {
  return m.data.subarray(i * m.cols, (i + 1) * m.cols);
}

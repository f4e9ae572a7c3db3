import { matrix, type Matrix } from './matrix.ts';

/** A type of arrays of numbers. */
interface ArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer): T;
}

/** An array of zeros in memory that threads share: sent to one, it is there too, not copied. The runtime reads none. */
export function sharedArray<T>(type: ArrayType<T>, length: number): T {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT));
}

/** A matrix of zeros in such memory. */
export function sharedMatrix(rows: number, cols: number): Matrix {
  return matrix(rows, cols, sharedArray(Float32Array, rows * cols));
}

import { matrix, type Matrix } from './matrix.ts';

/** A typed array class. */
interface ArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer): T;
}

/** An array of zeros in memory that threads share: sent to a thread, it is not copied. The ONNX runtime cannot read such arrays. */
export function sharedArray<T>(type: ArrayType<T>, length: number): T {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT));
}

/** A matrix of zeros in shared memory. */
export function sharedMatrix(rows: number, cols: number): Matrix {
  return matrix(rows, cols, sharedArray(Float32Array, rows * cols));
}

/** How numbers are stored in a file, always little-endian. */
export type StoredType = 'f64' | 'f32' | 'f16' | 'bf16' | 'i64' | 'i32' | 'i16' | 'i8' | 'u8' | 'bool';

/** Bytes of one number. */
export const ITEM_BYTES: Readonly<Record<StoredType, number>> = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u8: 1,
  bool: 1,
};

/** As many dimensions as torch allows; more would only cost time. */
export const MAX_DIMENSIONS = 64;

/** A tensor by its location in a file. Its numbers are not held in memory. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  /** In elements, one per dimension, none negative. */
  readonly strides: readonly number[];
  /** Absolute path, symbolic links resolved. */
  readonly file: string;
  /** Byte offset of its first element in the file. Not necessarily aligned: torch's older format aligns no storage. */
  readonly offset: number;
  /**
   * Applied to its numbers after they are read: an adapter that is merged in. Gets them as float32, row-major, and changes them in place.
   * Such a tensor cannot be used directly from its file.
   */
  readonly change?: ((values: Float32Array) => Promise<void>) | undefined;
}

interface Layout {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Number of elements: 1 for a scalar. Not exact above 2 ** 53, but never too small. */
export function elements(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((product, dim) => product * dim, 1);
}

/** Number of elements from the first to the last in storage order, both included. Not exact above 2 ** 53, but then above it. */
export function span({ shape, strides }: Layout): number {
  return shape.includes(0) ? 0 : shape.reduce((sum, dim, i) => sum + (dim - 1) * strides[i]!, 1);
}

/** Strides of a row-major tensor without gaps. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** Whether its elements are stored row-major without gaps, so that a runtime can use them directly from the file. */
export function isContiguous({ shape, strides }: Layout): boolean {
  if (shape.includes(0)) return true;
  const expected = rowMajor(shape);
  return shape.every((dim, i) => dim === 1 || strides[i] === expected[i]);
}

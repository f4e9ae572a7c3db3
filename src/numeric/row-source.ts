/** Rows of float32 that are read one at a time, in memory or in a file. */
export interface RowSource {
  readonly rows: number;
  readonly cols: number;
  /** Always the same array: all rows in memory, or the current buffer of a file. */
  readonly data: Float32Array;
  /** Where row i starts in `data`, valid until the next call. */
  at(i: number): number;
  /** An independent reader of the same rows, for use at the same time. */
  again(): RowSource;
}

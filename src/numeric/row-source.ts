/** Rows of float32 that are read one at a time, wherever they lie. */
export interface RowSource {
  readonly rows: number;
  readonly cols: number;
  /** Always the same array: in memory all rows, of a file what was read last. */
  readonly data: Float32Array;
  /** Where row i begins in `data`, until this is called again. */
  at(i: number): number;
  /** The same rows, to be read elsewhere among them at the same time. */
  again(): RowSource;
}

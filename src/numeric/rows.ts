import { matrix, type Matrix } from './matrix.ts';
import { closeRowFile, FileRows, makeRowFile, writeRow, type RowFile } from './row-file.ts';
import type { RowSource } from './row-source.ts';

/** Rows [rows, cols] in memory, or in a file if they are too many. */
export type Rows = Matrix | RowFile;

/** A reader of rows. Rows in a file can be read as long as their owner keeps it open. */
export function rowSource(rows: Rows): RowSource {
  return 'data' in rows ? new MatrixRows(rows) : new FileRows(rows);
}

/** Rows that take more memory than this are kept in a file. */
const HELD_BYTES = 256 << 20;

/** Rows to write, in any order, a row possibly in parts. */
export interface RowSink {
  readonly rows: Rows;
  /** Writes numbers of row i, from column `from` on. Throws the file system's error. */
  set(i: number, values: Float32Array, from?: number): void;
}

export interface MakeRows {
  readonly rows: number;
  readonly cols: number;
  /** Where the file is created; it is unlinked at once. */
  readonly folder: string;
  /** Maximum bytes of rows in memory; for tests. */
  readonly heldBytes?: number | undefined;
}

/** Allocates rows: in memory, or in a file if they are too many. Throws the file system's error. */
export async function makeRows({ rows, cols, folder, heldBytes = HELD_BYTES }: MakeRows): Promise<RowSink> {
  if (rows * cols * Float32Array.BYTES_PER_ELEMENT <= heldBytes) {
    const held = matrix(rows, cols);
    return { rows: held, set: (i, values, from = 0) => held.data.set(values, i * cols + from) };
  }
  const file = await makeRowFile(folder, { rows, cols });
  return { rows: file, set: (i, values, from) => writeRow(file, i, values, from) };
}

/** Closes rows that are in a file. */
export function closeRows(rows: Rows): void {
  if (!('data' in rows)) closeRowFile(rows);
}

class MatrixRows implements RowSource {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;

  constructor({ rows, cols, data }: Matrix) {
    this.rows = rows;
    this.cols = cols;
    this.data = data;
  }

  at(i: number): number {
    return i * this.cols;
  }

  again(): RowSource {
    return this;
  }
}

import { matrix, type Matrix } from './matrix.ts';
import { closeRowFile, FileRows, makeRowFile, writeRow, type RowFile } from './row-file.ts';
import type { RowSource } from './row-source.ts';

/** Rows [rows, cols] in memory, or in a file where they are too many. */
export type Rows = Matrix | RowFile;

/** What reads them. Where they lie in a file, it stays open as long as its owner keeps it so. */
export function rowSource(rows: Rows): RowSource {
  return 'data' in rows ? new MatrixRows(rows) : new FileRows(rows);
}

/** Rows that take more than this lie in a file. */
const HELD_BYTES = 256 << 20;

/** Rows that are being written, in any order, a row in parts. */
export interface RowSink {
  readonly rows: Rows;
  /** Numbers of row i, from column `from` on. Throws what the file system says. */
  set(i: number, values: Float32Array, from?: number): void;
}

export interface MakeRows {
  readonly rows: number;
  readonly cols: number;
  /** Where a file is made, which is there for none to see. */
  readonly folder: string;
  /** Bytes of rows in memory; for tests. */
  readonly heldBytes?: number | undefined;
}

/** A place for rows: in memory, or in a file where they are too many. Throws what the file system says. */
export async function makeRows({ rows, cols, folder, heldBytes = HELD_BYTES }: MakeRows): Promise<RowSink> {
  if (rows * cols * Float32Array.BYTES_PER_ELEMENT <= heldBytes) {
    const held = matrix(rows, cols);
    return { rows: held, set: (i, values, from = 0) => held.data.set(values, i * cols + from) };
  }
  const file = await makeRowFile(folder, { rows, cols });
  return { rows: file, set: (i, values, from) => writeRow(file, i, values, from) };
}

/** Lets rows go that lie in a file. */
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

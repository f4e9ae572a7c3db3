import { closeSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { ownPartial } from '../files/partial-files.ts';
import type { RowSource } from './row-source.ts';

/** Rows of float32 in an open file: row i at byte 4 · cols · i. Plain data, which can be sent to threads of the process. */
export interface RowFile {
  readonly rows: number;
  readonly cols: number;
  /** File descriptor of this process. */
  readonly descriptor: number;
}

/**
 * A file of rows [rows, cols] in a folder, to be written in any order. It is unlinked at once: however the process ends, nothing of it
 * stays on disk. Throws the file system's error. To be closed with `closeRowFile`.
 */
export async function makeRowFile(folder: string, { rows, cols }: { readonly rows: number; readonly cols: number }): Promise<RowFile> {
  await makeFolder(folder);
  const file = ownPartial(path.join(folder, 'rows'));
  const descriptor = openSync(file, 'wx+', 0o600);
  try {
    unlinkSync(file);
    ftruncateSync(descriptor, rows * cols * Float32Array.BYTES_PER_ELEMENT);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return { rows, cols, descriptor };
}

/** Writes numbers of row i, from column `from` on. Throws the file system's error: most often that the disk is full. */
export function writeRow({ cols, descriptor }: RowFile, i: number, values: Float32Array, from = 0): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const start = (i * cols + from) * Float32Array.BYTES_PER_ELEMENT;
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done, bytes.length - done, start + done);
}

export function closeRowFile({ descriptor }: RowFile): void {
  closeSync(descriptor);
}

/** Number of bytes to read ahead when rows are read in order. */
const AHEAD_BYTES = 1 << 20;
/** A row at most this far behind the last counts as in order: of equal rows only one is read. */
const NEAR = 8;

/** Rows of a file: read one by one for random access, else many at once. */
export class FileRows implements RowSource {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
  readonly #file: RowFile;
  readonly #bytes: Uint8Array;
  readonly #ahead: number;
  /** Rows from, …, to - 1 are in `data`. */
  #from = 0;
  #to = 0;

  constructor(file: RowFile) {
    this.#file = file;
    this.rows = file.rows;
    this.cols = file.cols;
    this.#ahead = Math.max(1, Math.floor(AHEAD_BYTES / (file.cols * Float32Array.BYTES_PER_ELEMENT)));
    this.data = new Float32Array(this.#ahead * file.cols);
    this.#bytes = new Uint8Array(this.data.buffer);
  }

  at(i: number): number {
    if (i >= this.#from && i < this.#to) return (i - this.#from) * this.cols;
    const next = i >= this.#to && i < this.#to + NEAR;
    this.#read(i, next ? Math.min(this.#ahead, this.rows - i) : 1);
    return 0;
  }

  again(): RowSource {
    return new FileRows(this.#file);
  }

  #read(from: number, count: number): void {
    const size = this.cols * Float32Array.BYTES_PER_ELEMENT;
    for (let done = 0; done < count * size;) {
      const read = readSync(this.#file.descriptor, this.#bytes, done, count * size - done, from * size + done);
      if (read === 0) throw new Error(`a file of rows ended before row ${from + count}`);
      done += read;
    }
    this.#from = from;
    this.#to = from + count;
  }
}

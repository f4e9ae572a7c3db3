import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { HarnessError, reason } from '../errors.ts';
import { refusal } from './refusal.ts';

const CHUNK_BYTES = 1 << 16;

/** A file that is read in parts, never as a whole. */
export class WeightsFile {
  /** As the caller named it: used in messages. */
  readonly path: string;
  /** Absolute, symbolic links resolved. */
  readonly real: string;
  readonly size: number;
  readonly #handle: number;

  private constructor(path: string) {
    this.path = path;
    this.real = realpathSync(path);
    // A pipe under this name would block the call that opens it forever.
    if (!statSync(this.real).isFile()) throw new Error('it is not a file');
    this.#handle = openSync(this.real, 'r');
    this.size = fstatSync(this.#handle).size;
  }

  /** Calls `use` with the open file. Throws SOURCE if it cannot be opened or read. */
  static use<T>(path: string, use: (file: WeightsFile) => T): T {
    let file: WeightsFile;
    try {
      file = new WeightsFile(path);
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const what = isMissing ? 'Weights file not found.' : `The weights cannot be opened (${reason(error)}).`;
      const hint = isMissing ? 'Download it again.' : 'Replace it with the actual file, or download the encoder again.';
      throw new HarnessError('SOURCE', { where: path, what, hint }, { cause: error });
    }
    try {
      return use(file);
    } finally {
      closeSync(file.#handle);
    }
  }

  /** A copy of `length` bytes from `offset` on. Throws FORMAT if the file is too short. */
  bytes(offset: number, length: number): Uint8Array {
    if (offset < 0 || length < 0 || offset + length > this.size) {
      throw this.refusal(`It ends within ${length} bytes from byte ${offset}: it has ${this.size}.`);
    }
    const out = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const count = this.#read(out, at, offset + at);
      if (count === 0) throw this.refusal('The file was truncated while being read.');
      at += count;
    }
    return out;
  }

  view(offset: number, length: number): DataView {
    return new DataView(this.bytes(offset, length).buffer);
  }

  refusal(what: string, options?: { hint?: string; cause?: unknown }): HarnessError {
    return refusal(this.path, what, options);
  }

  #read(out: Uint8Array, at: number, position: number): number {
    try {
      return readSync(this.#handle, out, at, out.length - at, position);
    } catch (error) {
      throw new HarnessError('SOURCE', { where: this.path, what: `The weights cannot be read (${reason(error)}).` }, { cause: error });
    }
  }
}

/** The bytes of a file from `from` to `to`, in order. */
export class ByteStream {
  readonly file: WeightsFile;
  position: number;
  readonly #end: number;
  #chunk: Uint8Array = new Uint8Array();
  #chunkAt = 0;

  constructor(file: WeightsFile, { from, to }: { from: number; to: number }) {
    this.file = file;
    this.position = from;
    this.#end = to;
  }

  byte(): number {
    return this.#take(1)[0]!;
  }

  /** The next bytes. The next call may overwrite them: copy what is kept. */
  bytes(length: number): Uint8Array {
    return this.#take(length);
  }

  view(length: number): DataView {
    const { buffer, byteOffset } = this.#take(length);
    return new DataView(buffer, byteOffset, length);
  }

  #take(length: number): Uint8Array {
    if (this.position + length > this.#end) {
      throw this.file.refusal(`${length} bytes expected at byte ${this.position}, but ${this.#end - this.position} follow.`);
    }
    let from = this.position - this.#chunkAt;
    if (from < 0 || from + length > this.#chunk.length) {
      this.#chunk = this.file.bytes(this.position, Math.max(length, Math.min(CHUNK_BYTES, this.#end - this.position)));
      this.#chunkAt = this.position;
      from = 0;
    }
    this.position += length;
    return this.#chunk.subarray(from, from + length);
  }
}

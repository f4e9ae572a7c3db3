import { readSync } from 'node:fs';
import { HarnessError } from '../errors.ts';

const CHUNK_BYTES = 1 << 16;

/** Protobuf wire types that ONNX files use (protobuf encoding guide, "Message structure"). */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * Reads protobuf fields from a file sequentially without loading it: payloads that are not needed are skipped. Throws FORMAT if the file
 * ends inside a field or a number is not a valid varint.
 */
export class WireReader {
  #buffer = Buffer.alloc(0);
  #bufferAt = 0;
  position = 0;
  readonly #file: number;
  readonly #size: number;
  readonly #path: string;

  constructor({ file, size, path }: { file: number; size: number; path: string }) {
    this.#file = file;
    this.#size = size;
    this.#path = path;
  }

  /** Field number and wire type at the position; undefined at `end`. */
  tag(end: number): { field: number; wire: number } | undefined {
    if (this.position >= end) return undefined;
    const tag = this.varint();
    const field = Math.floor(tag / 8);
    if (field === 0) throw this.#broken('has a field number 0');
    return { field, wire: tag & 7 };
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 10; shift++) {
      this.#fill(1);
      const byte = this.#buffer[this.position - this.#bufferAt]!;
      this.position++;
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    throw this.#broken('has a number of more than 10 bytes');
  }

  /** Length of a length-delimited field, checked against `end`. */
  length(end: number): number {
    const length = this.varint();
    if (this.position + length > end) throw this.#broken(`ends inside a field of ${length} bytes (it has ${this.#size})`);
    return length;
  }

  /** Length in bytes of the value at the position, for any wire type. The position is then at the value. */
  valueLength(wire: number, end: number): number {
    switch (wire) {
      case WIRE.bytes:
        return this.length(end);
      case WIRE.varint: {
        const start = this.position;
        this.varint();
        const length = this.position - start;
        this.position = start;
        return length;
      }
      case WIRE.fixed64:
        return 8;
      case WIRE.fixed32:
        return 4;
      default:
        throw this.#broken(`has a field of wire type ${wire}, which protobuf no longer has`);
    }
  }

  skip(length: number): void {
    this.position += length;
  }

  /** The next `length` bytes, a copy. */
  bytes(length: number): Uint8Array {
    if (this.position + length > this.#size) throw this.#broken(`ends inside a field of ${length} bytes (it has ${this.#size})`);
    const out = new Uint8Array(length);
    if (length <= CHUNK_BYTES) {
      this.#fill(length);
      out.set(this.#buffer.subarray(this.position - this.#bufferAt, this.position - this.#bufferAt + length));
    } else {
      this.#read(out, this.position);
    }
    this.position += length;
    return out;
  }

  #fill(length: number): void {
    const from = this.position - this.#bufferAt;
    if (from >= 0 && from + length <= this.#buffer.length) return;
    const wanted = Math.min(CHUNK_BYTES, this.#size - this.position);
    if (wanted < length) throw this.#broken(`ends where a field should follow (it has ${this.#size} bytes)`);
    const buffer = Buffer.alloc(wanted);
    this.#read(buffer, this.position);
    this.#buffer = buffer;
    this.#bufferAt = this.position;
  }

  #read(into: Uint8Array, position: number): void {
    for (let at = 0; at < into.length;) {
      const count = readSync(this.#file, into, at, into.length - at, position + at);
      if (count === 0) throw this.#broken('became shorter while it was read');
      at += count;
    }
  }

  #broken(what: string): HarnessError {
    return new HarnessError('FORMAT', {
      where: this.#path,
      what: `The ONNX file ${what}: it is truncated or not an ONNX file.`,
      hint: 'Download it again.',
    });
  }
}

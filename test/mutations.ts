import { rmSync, writeFileSync } from 'node:fs';
import { randomInts } from '../src/numeric/random.ts';

/** Numbers at which lengths and offsets overflow, of 2, 4 and 8 bytes. */
const EDGES = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** A whole number from `from` to `to`, both included. */
export type Draw = (from: number, to: number) => number;

export interface ChangeParams {
  readonly draw: Draw;
  /** Files to take pieces from. */
  readonly others: readonly Uint8Array[];
}

/** Makes an invalid file of a valid one. `bytes` may be overwritten. */
export type Change = (bytes: Buffer, params: ChangeParams) => Uint8Array;

/** Writes a new file: overwriting, thousands of times, makes ext4 wait for the disk each time. */
export function replaceFile(file: string, bytes: Uint8Array | string): void {
  rmSync(file, { force: true });
  writeFileSync(file, bytes);
}

export function place(bytes: Uint8Array, draw: Draw): number {
  return draw(0, Math.max(0, bytes.length - 1));
}

export function piece(bytes: Uint8Array, draw: Draw): Uint8Array {
  const from = place(bytes, draw);
  return bytes.subarray(from, from + draw(1, 64));
}

/** Changes for files of any format. */
export const BYTE_CHANGES: readonly Change[] = [
  function flipBits(bytes, { draw }) {
    for (let left = draw(1, 8); left > 0 && bytes.length > 0; left--) bytes[place(bytes, draw)]! ^= 1 << draw(0, 7);
    return bytes;
  },
  function truncate(bytes, { draw }) {
    return bytes.subarray(0, place(bytes, draw));
  },
  function drop(bytes, { draw }) {
    const from = place(bytes, draw);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + draw(1, 64))]);
  },
  function overwrite(bytes, { draw, others }) {
    const at = place(bytes, draw);
    bytes.set(piece(others[draw(0, others.length - 1)]!, draw).subarray(0, bytes.length - at), at);
    return bytes;
  },
  function insert(bytes, { draw, others }) {
    const at = place(bytes, draw);
    return Buffer.concat([bytes.subarray(0, at), piece(others[draw(0, others.length - 1)]!, draw), bytes.subarray(at)]);
  },
  function editNumber(bytes, { draw }) {
    const width = 2 ** draw(0, 3);
    const at = draw(0, Math.max(0, bytes.length - width));
    const edge = Buffer.alloc(8);
    edge.writeBigUInt64LE(EDGES[draw(0, EDGES.length - 1)]!);
    bytes.set(edge.subarray(0, Math.min(width, bytes.length)), at);
    return bytes;
  },
  function editDigits(bytes, { draw }) {
    const digits = [...bytes.keys()].filter((i) => bytes[i]! >= 0x30 && bytes[i]! <= 0x39);
    for (let left = draw(1, 3); left > 0 && digits.length > 0; left--) bytes[digits[draw(0, digits.length - 1)]!] = 0x30 + draw(0, 9);
    return bytes;
  },
];

/**
 * Makes invalid files of valid ones: flips bits, cuts, copies, inserts, and edits numbers; every second change is one of `more`, if there
 * are some. Determined by the seed.
 */
export function mutator(seed: number, more: readonly Change[] = []): (bytes: Uint8Array, others: readonly Uint8Array[]) => Buffer {
  const draw = randomInts(seed);
  return (bytes, others) => {
    let out: Uint8Array = Buffer.from(bytes);
    for (let left = draw(1, 3); left > 0; left--) {
      const changes = more.length > 0 && draw(0, 1) === 0 ? more : BYTE_CHANGES;
      out = changes[draw(0, changes.length - 1)]!(Buffer.from(out), { draw, others });
    }
    return Buffer.from(out);
  };
}

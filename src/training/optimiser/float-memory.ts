import { HarnessError } from '../../errors.ts';
import { kernelsOver, linearMemory, MOST_BYTES, type LinearMemory } from '../../numeric/linear-memory.ts';
import { KERNELS } from './kernels/module.ts';

/** Exports of kernels/assembly.ts; pointers in bytes, counts in numbers. */
export interface Kernels {
  fill(out: number, count: number, value: number): void;
  scale(out: number, count: number, factor: number): void;
  add(out: number, added: number, count: number): void;
  sumSquares(values: number, count: number): number;
  scatterAdd(out: number, slots: number, values: number, count: number, width: number): void;
  adamw(weights: number, gradient: number, first: number, second: number, count: number, ...scalars: AdamWScalars): void;
  adamwRows(
    weights: number,
    ids: number,
    gradient: number,
    first: number,
    second: number,
    count: number,
    width: number,
    ...scalars: AdamWScalars
  ): void;
  dropoutMask(out: number, count: number, key: number, key2: number, threshold: number, kept: number): void;
}

/** clip, 1 - lr * decay, 1 - beta1, beta2, 1 - beta2, -lr / (1 - beta1^t), sqrt(1 - beta2^t), eps: each rounded to float32. */
export type AdamWScalars = readonly [
  clip: number,
  keep: number,
  rate1: number,
  beta2: number,
  rate2: number,
  stride: number,
  correction: number,
  eps: number,
];

type View = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** A cache line, and more than any vector instruction requires. */
const ALIGNMENT = 64;

const memories = new WeakMap<ArrayBufferLike, FloatMemory>();

/**
 * A WebAssembly memory of a fixed size with the kernels over it. Arrays are allocated one after the other and freed together. It never
 * grows, since that would detach all views; untouched pages cost nothing.
 */
export class FloatMemory {
  readonly kernels: Kernels;
  readonly bytes: number;
  readonly #buffer: ArrayBuffer;
  #at = 0;

  /** Throws SHAPE above MOST_BYTES, TRAINING if the machine has not enough memory. */
  constructor(bytes: number) {
    if (bytes > MOST_BYTES)
      throw new HarnessError('SHAPE', { what: `${bytes} bytes of memory were requested; the limit is ${MOST_BYTES}.` });
    let memory: LinearMemory;
    try {
      memory = linearMemory(bytes);
    } catch (error) {
      throw new HarnessError(
        'TRAINING',
        {
          what: `Not enough memory for ${bytes} bytes of weights, gradients and moments.`,
          hint: 'Use a smaller encoder, or a machine with more memory.',
        },
        { cause: error },
      );
    }
    this.kernels = kernelsOver(memory, KERNELS) as Kernels;
    this.bytes = memory.buffer.byteLength;
    this.#buffer = memory.buffer;
    memories.set(memory.buffer, this);
  }

  /** Bytes that an array of `count` numbers takes. */
  static bytesOf(count: number): number {
    return Math.ceil((count * 4) / ALIGNMENT) * ALIGNMENT;
  }

  /** The memory that all views are in. Throws SHAPE if they are in several. */
  static of(...views: readonly View[]): FloatMemory {
    const memory = memories.get(views[0]!.buffer);
    if (memory === undefined || views.some(({ buffer }) => buffer !== views[0]!.buffer))
      throw new HarnessError('SHAPE', { what: 'The arrays do not lie in one memory of the kernels.' });
    return memory;
  }

  /** Allocates the next `count` numbers, zero. Throws SHAPE if the memory is full. */
  take(count: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#buffer, this.#next(count), count);
  }

  takeInts(count: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#buffer, this.#next(count), count);
  }

  #next(count: number): number {
    const at = this.#at;
    if (at + FloatMemory.bytesOf(count) > this.bytes)
      throw new HarnessError('SHAPE', {
        what: `An array of ${count} numbers does not fit a memory of ${this.bytes} bytes, of which ${at} are taken.`,
      });
    this.#at += FloatMemory.bytesOf(count);
    return at;
  }
}

/** Groups arrays into memories: consecutive ones share a memory of at most `most` bytes. */
export function memoriesFor<T extends { readonly bytes: number }>(arrays: readonly T[], most: number): T[][] {
  const found: T[][] = [];
  let room = 0;
  for (const array of arrays) {
    if (found.length === 0 || array.bytes > room) {
      found.push([]);
      room = most;
    }
    found.at(-1)!.push(array);
    room -= array.bytes;
  }
  return found;
}

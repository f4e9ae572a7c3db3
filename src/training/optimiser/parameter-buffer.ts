import { HarnessError } from '../../errors.ts';
import { MOST_BYTES } from '../../numeric/linear-memory.ts';
import { FloatMemory, memoriesFor } from './float-memory.ts';
import { add } from './kernels.ts';

export interface BufferTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** An embedding table, of which a step sees few rows: it has no dense gradient, except in dense mode. */
  readonly sparse?: boolean | undefined;
}

export interface ParameterBufferParams {
  readonly tensors: readonly BufferTensor[];
  /** Sparse tables have a dense gradient like all others. */
  readonly dense?: boolean | undefined;
  /** A second gradient area, so that gradients of several backward passes can be added. */
  readonly accumulate?: boolean | undefined;
  /** A new memory is opened if one would exceed this many bytes. */
  readonly most?: number | undefined;
}

type Floats = Float32Array<ArrayBuffer>;

/** Location of a tensor's arrays. */
interface Slot {
  readonly dims: readonly number[];
  readonly weight: Floats;
  readonly gradient: Floats | undefined;
  readonly fresh: Floats | undefined;
  readonly first: Floats;
  readonly second: Floats;
  readonly staging: Staging | undefined;
}

/** Space next to a sparse table for the gradients of some of its rows. */
export interface Staging {
  readonly ids: Int32Array<ArrayBuffer>;
  /** [ids, width] */
  readonly rows: Floats;
}

/** One memory of 2 GiB holds a whole base encoder; a large one (5.4 GB) takes three. */
const USUAL_BYTES = 2 ** 31;
/** Rows are updated in pieces that fit into the cache. */
const STAGING_NUMBERS = 1 << 18;

/**
 * Weights, gradients and both moments of all trainable tensors, float32, in memories that the kernels work on: the arrays of one tensor are
 * in one memory, each aligned to 64 bytes, and never move. So a view can be fed to the runtime without a copy, and be the output buffer of
 * a gradient (the runtime's Node binding also returns a copy of every output, which is garbage-collected). All are initially zero. Throws
 * SHAPE for a tensor whose arrays together exceed 4 GiB, and for a duplicate name; TRAINING if the machine has not enough memory.
 */
export class ParameterBuffer {
  /** In the order given. */
  readonly names: readonly string[];
  /** Of all memories together. */
  readonly bytes: number;
  readonly #slots = new Map<string, Slot>();

  constructor({ tensors, dense = false, accumulate = false, most = USUAL_BYTES }: ParameterBufferParams) {
    let total = 0;
    for (const group of memoriesFor(
      tensors.map((tensor) => planOf(tensor, { dense, accumulate })),
      most,
    )) {
      const memory = new FloatMemory(group.reduce((sum, { bytes }) => sum + bytes, 0));
      total += memory.bytes;
      for (const {
        tensor: { name, dims },
        count,
        own,
        second,
        stagedRows,
        width,
      } of group) {
        if (this.#slots.has(name)) throw new HarnessError('SHAPE', { where: name, what: 'There are two tensors of this name.' });
        this.#slots.set(name, {
          dims,
          weight: memory.take(count),
          gradient: own ? memory.take(count) : undefined,
          first: memory.take(count),
          second: memory.take(count),
          fresh: second ? memory.take(count) : undefined,
          staging: stagedRows > 0 ? { ids: memory.takeInts(stagedRows), rows: memory.take(stagedRows * width) } : undefined,
        });
      }
    }
    this.bytes = total;
    this.names = [...this.#slots.keys()];
  }

  dims(name: string): readonly number[] {
    return this.#slot(name).dims;
  }

  weight(name: string): Floats {
    return this.#slot(name).weight;
  }

  /** Whether the tensor has a dense gradient: all have, except for sparse tables outside of dense mode. */
  hasGradient(name: string): boolean {
    return this.#slot(name).gradient !== undefined;
  }

  /** The gradient that a step uses. Throws INTERNAL for a sparse table, whose gradient is by rows. */
  gradient(name: string): Floats {
    return this.#slot(name).gradient ?? sparse(name);
  }

  /** Where a backward pass writes: the second area of a buffer that accumulates, else the gradient itself. */
  fresh(name: string): Floats {
    return this.#slot(name).fresh ?? this.gradient(name);
  }

  /** gradient += fresh. Throws INTERNAL if the buffer has no second area. */
  accumulate(name: string): void {
    const { fresh } = this.#slot(name);
    if (fresh === undefined) {
      throw new HarnessError('INTERNAL', { where: name, what: 'The buffer was made without a second area for gradients.' });
    }
    add(this.gradient(name), fresh);
  }

  moments(name: string): { readonly first: Floats; readonly second: Floats } {
    const { first, second } = this.#slot(name);
    return { first, second };
  }

  /** Throws INTERNAL for a tensor with a dense gradient. */
  staging(name: string): Staging {
    const { staging } = this.#slot(name);
    if (staging === undefined) throw new HarnessError('INTERNAL', { where: name, what: 'Only a sparse table is stepped by rows.' });
    return staging;
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new HarnessError('INTERNAL', { where: name, what: 'The buffer has no tensor of this name.' });
    return slot;
  }
}

function sparse(name: string): never {
  throw new HarnessError('INTERNAL', { where: name, what: 'A sparse table has no gradient but rows.' });
}

/** Number of rows, and of numbers in each, of a table [rows, ...]. */
export function rowsOf(dims: readonly number[]): { rows: number; width: number } {
  return { rows: dims[0] ?? 1, width: dims.slice(1).reduce((product, size) => product * size, 1) };
}

interface Plan {
  readonly tensor: BufferTensor;
  readonly count: number;
  readonly width: number;
  /** Has a dense gradient. */
  readonly own: boolean;
  /** Has a second one. */
  readonly second: boolean;
  readonly stagedRows: number;
  readonly bytes: number;
}

function planOf(tensor: BufferTensor, { dense, accumulate }: { dense: boolean; accumulate: boolean }): Plan {
  const { rows, width } = rowsOf(tensor.dims);
  const count = rows * width;
  const own = dense || tensor.sparse !== true;
  const second = own && accumulate;
  const stagedRows = own ? 0 : Math.min(rows, Math.max(1, Math.floor(STAGING_NUMBERS / width)));
  const arrays = 3 + (own ? 1 : 0) + (second ? 1 : 0);
  const bytes = arrays * FloatMemory.bytesOf(count) + FloatMemory.bytesOf(stagedRows) + FloatMemory.bytesOf(stagedRows * width);
  if (bytes > MOST_BYTES) {
    throw new HarnessError('SHAPE', {
      where: tensor.name,
      what: `Weight, gradient and moments of [${tensor.dims.join(', ')}] take ${bytes} bytes, and ${MOST_BYTES} are the most.`,
      hint: 'Freeze it.',
    });
  }
  return { tensor, count, width, own, second, stagedRows, bytes };
}

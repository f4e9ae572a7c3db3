import type { TokenTable } from '../graph/token-table.ts';
import { TensorProto_DataType, type TensorProto } from '../graph/onnx_pb.ts';
import { byteCount, bytesOf, readBytes } from '../graph/weight-bytes.ts';
import { kernelsOver, linearMemory, MOST_BYTES } from '../numeric/linear-memory.ts';
import { halfToNumber } from '../tensors/small-floats.ts';
import { KERNELS } from './kernels/module.ts';

/** Rows that are read together. */
const SLOTS = 4;
/** Maximum ids per call of the kernels: a multiple of SLOTS, so that sums do not depend on it. */
const IDS = 1024;
/** A cache line. */
const ALIGNMENT = 64;

/** Exports of kernels/assembly.ts; pointers in bytes, counts in numbers. */
interface Kernels {
  addRows(sum: number, table: number, ids: number, count: number, width: number): void;
  mean(out: number, sum: number, count: number, width: number): void;
  unit(values: number, width: number): void;
}

export interface TokenRowsParams extends TokenTable {
  /** Folder that files of the model are relative to. */
  readonly folder: string;
}

/**
 * Rows of a table of token vectors, in their stored type: half the memory of float32 for float16 and bfloat16, a quarter for int8. A
 * float32 table is in the kernels' memory; rows of others are widened into one of a few slots there.
 */
export class TokenRows {
  readonly width: number;
  /** The kernels' memory that holds the rows. */
  readonly data: Float32Array<ArrayBuffer>;
  readonly #kernels: Kernels;
  readonly #ids: Int32Array<ArrayBuffer>;
  /** A vector, until it is returned. */
  readonly #out: Float32Array<ArrayBuffer>;
  /** Byte offsets of the sum, and of the table or the slots. */
  readonly #sum: number;
  readonly #rows: number;
  /** Writes row `id` at `to`; undefined if the table itself is in the memory. */
  readonly #fill: ((id: number, to: number) => void) | undefined;

  /** Reads the table. Throws FORMAT if its file is too short, a RangeError if there is not enough memory. */
  constructor({ table, scales, folder }: TokenRowsParams) {
    const width = Number(table.dims[1]);
    const sum = aligned(IDS * 4);
    const out = sum + aligned(width * 8);
    const rows = out + aligned(width * 4);
    const bytes = byteCount(table);
    const isReady = table.dataType === TensorProto_DataType.FLOAT && scales === undefined && rows + bytes <= MOST_BYTES;
    const memory = linearMemory(rows + (isReady ? bytes : SLOTS * width * 4));
    this.width = width;
    this.data = new Float32Array(memory.buffer);
    this.#kernels = kernelsOver(memory, KERNELS) as Kernels;
    this.#ids = new Int32Array(memory.buffer, 0, IDS);
    this.#out = new Float32Array(memory.buffer, out, width);
    this.#sum = sum;
    this.#rows = rows;
    if (isReady) readBytes(new Uint8Array(memory.buffer, rows, bytes), table, folder);
    else this.#fill = filling(this.data, { table, scales, folder });
  }

  /** Offset of row `id` in `data`, valid until the next call. */
  at(id: number): number {
    const first = this.#rows / 4;
    if (this.#fill === undefined) return first + id * this.width;
    this.#fill(id, first);
    return first;
  }

  /**
   * The mean of rows, summed in float64 in the order of `ids` (four at a time: see kernels/assembly.ts), normalised to length 1 if
   * requested.
   */
  mean(out: Float32Array, ids: Int32Array, unit: boolean): void {
    const kernels = this.#kernels;
    const own = this.#out;
    if (this.#fill === undefined) this.#addRows(ids);
    else this.#addSlots(ids, this.#fill);
    kernels.mean(own.byteOffset, this.#sum, ids.length, this.width);
    if (unit) kernels.unit(own.byteOffset, this.width);
    out.set(own);
  }

  #addRows(ids: Int32Array): void {
    for (let from = 0; from < ids.length; from += IDS) {
      const count = Math.min(IDS, ids.length - from);
      for (let i = 0; i < count; i++) this.#ids[i] = ids[from + i]!;
      this.#kernels.addRows(this.#sum, this.#rows, 0, count, this.width);
    }
  }

  #addSlots(ids: Int32Array, fill: (id: number, to: number) => void): void {
    for (let i = 0; i < SLOTS; i++) this.#ids[i] = i;
    for (let from = 0; from < ids.length; from += SLOTS) {
      const count = Math.min(SLOTS, ids.length - from);
      for (let i = 0; i < count; i++) fill(ids[from + i]!, this.#rows / 4 + i * this.width);
      this.#kernels.addRows(this.#sum, this.#rows, 0, count, this.width);
    }
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function filling(data: Float32Array<ArrayBuffer>, { table, scales, folder }: TokenRowsParams): (id: number, to: number) => void {
  const width = Number(table.dims[1]);
  const factors = scales === undefined ? undefined : new Float32Array(bytesOf(scales, folder).buffer);
  const widen = widening(table, bytesOf(table, folder));
  return (id, to) => {
    widen(data, id * width, to, width);
    if (factors !== undefined) for (let j = 0; j < width; j++) data[to + j]! *= factors[id]!;
  };
}

type Widen = (out: Float32Array, from: number, to: number, count: number) => void;

function widening({ dataType }: TensorProto, { buffer }: Uint8Array<ArrayBuffer>): Widen {
  switch (dataType) {
    case TensorProto_DataType.FLOAT16:
      return halves(new Uint16Array(buffer));
    case TensorProto_DataType.BFLOAT16:
      return upperHalves(new Uint16Array(buffer));
    case TensorProto_DataType.DOUBLE:
      return plain(new Float64Array(buffer));
    case TensorProto_DataType.INT8:
      return plain(new Int8Array(buffer));
    default:
      return plain(new Float32Array(buffer));
  }
}

function plain(values: Float32Array | Float64Array | Int8Array): Widen {
  return (out, from, to, count) => {
    for (let j = 0; j < count; j++) out[to + j] = values[from + j]!;
  };
}

/** The values of all float16 numbers. */
let every: Float32Array | undefined;

function halves(values: Uint16Array): Widen {
  const numbers = (every ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => halfToNumber(bits)));
  return (out, from, to, count) => {
    for (let j = 0; j < count; j++) out[to + j] = numbers[values[from + j]!]!;
  };
}

function upperHalves(values: Uint16Array): Widen {
  let bits = new Uint32Array();
  return (out, from, to, count) => {
    if (bits.buffer !== out.buffer) bits = new Uint32Array(out.buffer as ArrayBuffer);
    for (let j = 0; j < count; j++) bits[to + j] = values[from + j]! << 16;
  };
}

import type { TokenTable } from '../graph/token-table.ts';
import { TensorProto_DataType, type TensorProto } from '../graph/onnx_pb.ts';
import { bytesOf } from '../graph/weight-bytes.ts';
import { halfToNumber } from '../tensors/small-floats.ts';

/** Rows that are looked at together. */
export const SLOTS = 4;

/**
 * Rows of a table of token vectors, in the type in which it is stored: half the memory of float32 for float16 and bfloat16, a quarter for
 * int8. What is not float32 is widened row by row, into one of a few slots.
 */
export interface TokenRows {
  readonly width: number;
  /** Where rows are. */
  readonly data: Float32Array;
  /** Where in `data` row `id` begins, until the next call for the same slot. */
  at(id: number, slot: number): number;
}

export interface TokenRowsParams extends TokenTable {
  /** That files of the model are relative to. */
  readonly folder: string;
}

/** Reads the table. Throws FORMAT where its file has become shorter. */
export function tokenRows({ table, scales, folder }: TokenRowsParams): TokenRows {
  const width = Number(table.dims[1]);
  const bytes = bytesOf(table, folder);
  const factors = scales === undefined ? undefined : new Float32Array(bytesOf(scales, folder).buffer);
  if (table.dataType === TensorProto_DataType.FLOAT && factors === undefined) {
    return { width, data: new Float32Array(bytes.buffer), at: (id) => id * width };
  }
  const data = new Float32Array(SLOTS * width);
  const widen = widening(table, bytes);
  return {
    width,
    data,
    at(id, slot) {
      const to = slot * width;
      widen(data, id * width, to, width);
      if (factors !== undefined) for (let j = 0; j < width; j++) data[to + j]! *= factors[id]!;
      return to;
    },
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

/** All float16 there are, as numbers. */
let every: Float32Array | undefined;

function halves(values: Uint16Array): Widen {
  const numbers = (every ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => halfToNumber(bits)));
  return (out, from, to, count) => {
    for (let j = 0; j < count; j++) out[to + j] = numbers[values[from + j]!]!;
  };
}

function upperHalves(values: Uint16Array): Widen {
  return (out, from, to, count) => {
    const bits = new Uint32Array(out.buffer);
    for (let j = 0; j < count; j++) bits[to + j] = values[from + j]! << 16;
  };
}

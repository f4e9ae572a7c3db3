import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { halfToNumber, upperHalfToNumber } from '../tensors/small-floats.ts';
import { TensorProto_DataType, type TensorProto } from './onnx_pb.ts';

/** Location of a tensor's bytes in a file; undefined if they are in the graph itself. */
export interface BytesPlace {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export function placeOf(tensor: TensorProto, folder: string): BytesPlace | undefined {
  const value = (key: string) => tensor.externalData.find((entry) => entry.key === key)?.value;
  const location = value('location');
  return location === undefined
    ? undefined
    : { file: path.join(folder, location), offset: Number(value('offset')), length: Number(value('length')) };
}

/** The bytes at a location in pieces of at most `piece` bytes, each overwritten by the next. Throws FORMAT if the file is too short. */
export function* pieces({ file, offset, length }: BytesPlace, piece = 1 << 22): Generator<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(Math.min(piece, length));
  const handle = openSync(file, 'r');
  try {
    for (let done = 0; done < length;) {
      const want = Math.min(buffer.length, length - done);
      const part = buffer.subarray(0, want);
      fillFrom(handle, part, { file, offset: offset + done });
      done += want;
      yield part;
    }
  } finally {
    closeSync(handle);
  }
}

/** Stored bytes per element. */
const WIDTHS: ReadonlyMap<TensorProto_DataType, number> = new Map([
  [TensorProto_DataType.FLOAT, 4],
  [TensorProto_DataType.DOUBLE, 8],
  [TensorProto_DataType.FLOAT16, 2],
  [TensorProto_DataType.BFLOAT16, 2],
  [TensorProto_DataType.INT8, 1],
]);

/** Stored bytes of a weight. */
export function byteCount({ dims, dataType }: TensorProto): number {
  return dims.reduce((product, dim) => product * Number(dim), WIDTHS.get(dataType)!);
}

/** All stored bytes of a weight, in a new buffer. Throws FORMAT if its file is too short. */
export function bytesOf(tensor: TensorProto, folder: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(byteCount(tensor));
  readBytes(out, tensor, folder);
  return out;
}

/** Reads them into a given array, without an intermediate buffer. */
export function readBytes(out: Uint8Array<ArrayBuffer>, tensor: TensorProto, folder: string): void {
  const place = placeOf(tensor, folder);
  if (place !== undefined) readPlace(out, place);
  else out.set(tensor.floatData.length > 0 ? new Uint8Array(Float32Array.from(tensor.floatData).buffer) : tensor.rawData);
}

function readPlace(out: Uint8Array, { file, offset }: BytesPlace): void {
  const handle = openSync(file, 'r');
  try {
    fillFrom(handle, out, { file, offset });
  } finally {
    closeSync(handle);
  }
}

/** Maximum bytes per read: above 2 GB some systems fail. */
const MOST_READ = 1 << 30;

function fillFrom(handle: number, out: Uint8Array, { file, offset }: { file: string; offset: number }): void {
  for (let at = 0; at < out.length;) {
    const count = readSync(handle, out, at, Math.min(out.length - at, MOST_READ), offset + at);
    if (count === 0)
      throw new HarnessError('FORMAT', { where: file, what: 'The file was truncated while being read.', hint: 'Download it again.' });
    at += count;
  }
}

/** Floating-point types in a file: bytes per number, and how to read it. Always little-endian. */
const FLOATS: ReadonlyMap<TensorProto_DataType, { readonly width: number; readonly read: (view: DataView, at: number) => number }> =
  new Map([
    [TensorProto_DataType.FLOAT, { width: 4, read: (view: DataView, at: number) => view.getFloat32(at, true) }],
    [TensorProto_DataType.DOUBLE, { width: 8, read: (view: DataView, at: number) => view.getFloat64(at, true) }],
    [TensorProto_DataType.FLOAT16, { width: 2, read: (view: DataView, at: number) => halfToNumber(view.getUint16(at, true)) }],
    [TensorProto_DataType.BFLOAT16, { width: 2, read: (view: DataView, at: number) => upperHalfToNumber(view.getUint16(at, true)) }],
  ]);

export function isFloatingPoint({ dataType }: TensorProto): boolean {
  return FLOATS.has(dataType);
}

/** All elements of a floating-point weight as float32, float64 rounded to the nearest. Needs 4 MB in addition. */
export function readFloat32(tensor: TensorProto, folder: string): Float32Array<ArrayBuffer> {
  const { width, read } = FLOATS.get(tensor.dataType)!;
  const place = placeOf(tensor, folder);
  const out = new Float32Array((place?.length ?? tensor.rawData.length) / width);
  const bytes = new Uint8Array(out.buffer);
  let at = 0;
  for (const part of place === undefined ? [tensor.rawData] : pieces(place)) {
    const count = part.length / width;
    if (tensor.dataType === TensorProto_DataType.FLOAT) bytes.set(part, at * width);
    else {
      const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
      for (let i = 0; i < count; i++) out[at + i] = read(view, i * width);
    }
    at += count;
  }
  return out;
}

import { create } from '@bufbuild/protobuf';
import { HarnessError } from '../../errors.ts';
import { TensorProto_DataType, TensorProtoSchema, type TensorProto } from '../onnx_pb.ts';
import { pieces, placeOf } from '../weight-bytes.ts';

/** Number of elements of a tensor. */
export function elementCount({ dims }: TensorProto): number {
  return dims.reduce((product, dim) => product * Number(dim), 1);
}

/** All bytes of a tensor whose elements are in `rawData` or in a file. */
function bytesOf(tensor: TensorProto, folder: string): Uint8Array<ArrayBuffer> {
  const place = placeOf(tensor, folder);
  if (place === undefined) return new Uint8Array(tensor.rawData);
  const bytes = new Uint8Array(place.length);
  let at = 0;
  for (const piece of pieces(place)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Elements of a tensor of any element type, row-major, as float32; int64 beyond 2^24 is rounded. Throws GRAPH for a non-numeric type. */
export function numbersOf(tensor: TensorProto, folder: string): Float32Array<ArrayBuffer> {
  const { dataType, floatData, int32Data, int64Data, doubleData, name } = tensor;
  const T = TensorProto_DataType;
  if (floatData.length > 0) return Float32Array.from(floatData);
  if (doubleData.length > 0) return Float32Array.from(doubleData);
  if (int64Data.length > 0) return Float32Array.from(int64Data, Number);
  const bytes = int32Data.length > 0 ? int32Bytes(dataType, int32Data) : bytesOf(tensor, folder);
  const { buffer } = bytes;
  switch (dataType) {
    case T.FLOAT:
      return new Float32Array(buffer);
    case T.DOUBLE:
      return Float32Array.from(new Float64Array(buffer));
    case T.FLOAT16:
      return Float32Array.from(new Uint16Array(buffer), fromHalf);
    case T.BFLOAT16:
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
    case T.UINT8:
    case T.BOOL:
      return Float32Array.from(bytes);
    case T.INT8:
      return Float32Array.from(new Int8Array(buffer));
    case T.INT32:
      return Float32Array.from(new Int32Array(buffer));
    case T.INT64:
      return Float32Array.from(new BigInt64Array(buffer), Number);
    case T.UINT4:
      return unpack(bytes, { bits: 4, count: elementCount(tensor) });
    case T.INT4:
      return unpack(bytes, { bits: 4, count: elementCount(tensor) }).map((value) => (value > 7 ? value - 16 : value));
    default:
      throw new HarnessError('GRAPH', {
        where: `weight "${name}"`,
        what: `Its data type, ${T[dataType] ?? dataType}, cannot be converted to float32.`,
        hint: 'The encoder cannot be fine-tuned from this file; use a checkpoint (config.json and weights).',
      });
  }
}

/** Small types are in int32 fields, one element each; packed ones a byte each. */
function int32Bytes(dataType: TensorProto_DataType, values: readonly number[]): Uint8Array<ArrayBuffer> {
  const T = TensorProto_DataType;
  if (dataType === T.INT32) return new Uint8Array(Int32Array.from(values).buffer);
  if (dataType === T.FLOAT16 || dataType === T.BFLOAT16) return new Uint8Array(Uint16Array.from(values).buffer);
  return Uint8Array.from(values);
}

/** Integers of 2, 4 or 8 bits, packed starting with the low bits of each byte. */
export function unpack(bytes: ArrayLike<number>, { bits, count }: { bits: number; count: number }): Float32Array<ArrayBuffer> {
  const each = 8 / bits;
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = (bytes[Math.floor(i / each)]! >> (bits * (i % each))) & (2 ** bits - 1);
  return out;
}

/** IEEE 754 binary16. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** A float32 tensor held in memory. */
export function floatTensor(name: string, dims: readonly number[], values: Float32Array<ArrayBuffer>): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: TensorProto_DataType.FLOAT,
    dims: dims.map(BigInt),
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  });
}

import { open, type FileHandle } from 'node:fs/promises';
import { HarnessError, reason } from '../errors.ts';
import { halfToNumber, upperHalfToNumber } from './small-floats.ts';
import { quoted, refusal } from './refusal.ts';
import { elements, isContiguous, ITEM_BYTES, span, type StoredTensor, type StoredType } from './stored-tensor.ts';

const CHUNK_BYTES = 1 << 20;

/**
 * The elements of a tensor in row-major order, as float32: f64 and wide integers are rounded to the nearest, f64 outside the float32 range
 * becomes infinite, true is 1. Reads only the bytes between its first and its last element; they are held in memory at once only if the
 * tensor is not contiguous. The tensor's `change` (an adapter) is applied. `into`: an array to fill. Throws SOURCE if the file cannot be
 * opened, FORMAT if it has become shorter.
 */
export async function readFloats(tensor: StoredTensor, into?: Float32Array): Promise<Float32Array> {
  const out = into ?? new Float32Array(elements(tensor.shape));
  if (out.length === 0) return out;
  const handle = await open(tensor.file, 'r').catch((error: unknown) => {
    throw new HarnessError('SOURCE', { where: tensor.file, what: `The weights cannot be opened (${reason(error)}).` }, { cause: error });
  });
  try {
    if (!isContiguous(tensor)) await gather(handle, tensor, out);
    else if (tensor.dtype === 'f32')
      await fill(handle, { tensor, into: new Uint8Array(out.buffer, out.byteOffset, out.byteLength), from: tensor.offset });
    else await convert(handle, tensor, out);
  } finally {
    await handle.close();
  }
  await tensor.change?.(out);
  return out;
}

async function convert(handle: FileHandle, tensor: StoredTensor, out: Float32Array): Promise<void> {
  const width = ITEM_BYTES[tensor.dtype];
  const decode = DECODERS[tensor.dtype];
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, out.length * width));
  const view = new DataView(chunk.buffer);
  for (let done = 0; done < out.length;) {
    const count = Math.min(chunk.length / width, out.length - done);
    await fill(handle, { tensor, into: chunk.subarray(0, count * width), from: tensor.offset + done * width });
    for (let i = 0; i < count; i++) out[done + i] = decode(view, i * width);
    done += count;
  }
}

async function gather(handle: FileHandle, tensor: StoredTensor, out: Float32Array): Promise<void> {
  const { shape, strides, dtype } = tensor;
  const width = ITEM_BYTES[dtype];
  const decode = DECODERS[dtype];
  const bytes = new Uint8Array(span(tensor) * width);
  await fill(handle, { tensor, into: bytes, from: tensor.offset });
  const view = new DataView(bytes.buffer);
  const index = shape.map(() => 0);
  for (let i = 0, at = 0; i < out.length; i++) {
    out[i] = decode(view, at * width);
    // The next element in row-major order: the last index is incremented, and carries into the one before.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

async function fill(handle: FileHandle, { tensor, into, from }: { tensor: StoredTensor; into: Uint8Array; from: number }): Promise<void> {
  for (let at = 0; at < into.length;) {
    const { bytesRead } = await handle.read(into, at, Math.min(into.length - at, 1 << 30), from + at);
    if (bytesRead === 0) {
      throw refusal(tensor.file, `It ends before tensor ${quoted(tensor.name)} does: it has changed since it was opened.`);
    }
    at += bytesRead;
  }
}

const DECODERS: Readonly<Record<StoredType, (view: DataView, at: number) => number>> = {
  f64: (view, at) => view.getFloat64(at, true),
  f32: (view, at) => view.getFloat32(at, true),
  f16: (view, at) => halfToNumber(view.getUint16(at, true)),
  bf16: (view, at) => upperHalfToNumber(view.getUint16(at, true)),
  i64: (view, at) => Number(view.getBigInt64(at, true)),
  i32: (view, at) => view.getInt32(at, true),
  i16: (view, at) => view.getInt16(at, true),
  i8: (view, at) => view.getInt8(at),
  u8: (view, at) => view.getUint8(at),
  bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
};

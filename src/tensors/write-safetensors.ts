/** The types that are written, and read back from memory. */
export type Dtype = 'F32' | 'F64' | 'I32' | 'U8';
export type TensorData = Float32Array | Float64Array | Int32Array | Uint8Array;

export interface NamedTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Bytes of one number. */
const ITEM_BYTES: Readonly<Record<Dtype, number>> = { F32: 4, F64: 8, I32: 4, U8: 1 };

/** Tensors as one safetensors file: 8 bytes of header length, a JSON header, then the tensors. `metadata`: strings of the caller. */
export function writeSafetensors(tensors: readonly NamedTensor[], metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const parts = safetensorsParts(tensors, metadata);
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let to = 0;
  for (const part of parts) {
    out.set(part, to);
    to += part.length;
  }
  return out;
}

/** The same in parts: the numbers need not be copied to be written. */
export function safetensorsParts(tensors: readonly NamedTensor[], metadata: Readonly<Record<string, string>> = {}): Uint8Array[] {
  // Wider types first, so that each tensor starts at a multiple of its item size.
  const sorted = tensors.toSorted((a, b) => ITEM_BYTES[b.dtype] - ITEM_BYTES[a.dtype]);
  return [safetensorsHeader(sorted, metadata), ...sorted.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/** The bytes before the numbers of `tensors`, which follow in this order. */
export function safetensorsHeader(tensors: readonly NamedTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  // Names of tensors may come from a file: `__proto__` must be an ordinary key.
  const header = Object.assign(
    Object.create(null) as Record<string, unknown>,
    Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata },
  );
  let at = 0;
  for (const { name, dtype, shape, data } of tensors) {
    header[name] = { dtype, shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const out = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(out.buffer).setBigUint64(0, BigInt(out.length - 8), true);
  out.set(json, 8);
  return out;
}

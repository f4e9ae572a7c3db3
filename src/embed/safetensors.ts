import { bounded, HarnessError, reason, shown } from '../errors.ts';

/** The safetensors container: 8 bytes of header length, a JSON header, tensors in a row (huggingface/safetensors, README). */

export type Dtype = 'F32' | 'F64' | 'I32' | 'U8';
export type TensorData = Float32Array | Float64Array | Int32Array | Uint8Array;

export interface NamedTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** The format's own limit: a header is JSON, and nobody has that many tensors. */
const HEADER_LIMIT = 100_000_000;
const ITEM_BYTES: Readonly<Record<Dtype, number>> = { F32: 4, F64: 8, I32: 4, U8: 1 };

/** Tensors as one file; `metadata` are strings of one's own. */
export function writeSafetensors(tensors: readonly NamedTensor[], metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  // Wider numbers first, so that each tensor begins at a multiple of its width.
  const sorted = tensors.toSorted((a, b) => ITEM_BYTES[b.dtype] - ITEM_BYTES[a.dtype]);
  const header = safetensorsHeader(sorted, metadata);
  const out = new Uint8Array(header.length + sorted.reduce((sum, { data }) => sum + data.byteLength, 0));
  out.set(header);
  let to = header.length;
  for (const { data } of sorted) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), to);
    to += data.byteLength;
  }
  return out;
}

/** What stands before the numbers of `tensors`, which follow in this order. */
export function safetensorsHeader(tensors: readonly NamedTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  // Names of tensors may come from a file: `__proto__` is one of them, and nothing more.
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

/**
 * Tensors of a file. Throws FORMAT where header or offsets do not fit the file's size, tensors overlap or leave gaps.
 * Copies a tensor only where its place is not aligned to its numbers.
 */
export function readSafetensors(bytes: Uint8Array, file: string): { tensors: Map<string, NamedTensor>; metadata: Record<string, string> } {
  const complain = (what: string) => new HarnessError('FORMAT', { where: file, what, mend: 'Delete or fetch it again.' });
  if (bytes.byteLength < 8) throw complain(`A safetensors file has at least 8 bytes, this one ${bytes.byteLength}.`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > HEADER_LIMIT || 8 + length > bytes.byteLength) throw complain(`Its header is said to have ${length} bytes, the file has ${bytes.byteLength}.`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (error) {
    throw complain(`Its header is no JSON (${reason(error)}).`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw complain('Its header is no object.');
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, unknown>;
  const body = bytes.subarray(8 + length);
  const tensors = new Map<string, NamedTensor>();
  let end = 0;
  for (const [name, entry] of Object.entries(entries).toSorted(([, a], [, b]) => begin(a) - begin(b))) {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    if (!isDtype(dtype)) throw complain(`Tensor ${shown(name)} is of type ${typeof dtype === 'string' ? bounded(dtype, 40) : shown(dtype)}, which is not read here.`);
    if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) throw complain(`Tensor ${shown(name)} has no shape or no offsets.`);
    const [from, to] = [offsets[0]!, offsets[1]!];
    const size = shape.reduce((product, dim) => product * dim, ITEM_BYTES[dtype]);
    if (from !== end || to - from !== size || to > body.byteLength) throw complain(`Tensor ${shown(name)} of shape [${shape.join(', ')}] does not fit bytes ${from} to ${to} of ${body.byteLength}.`);
    end = to;
    tensors.set(name, { name, dtype, shape, data: view(dtype, body.subarray(from, to)) });
  }
  if (end !== body.byteLength) throw complain(`It has ${body.byteLength - end} bytes behind its last tensor.`);
  return { tensors, metadata: metadata as Record<string, string> };
}

function begin(entry: unknown): number {
  const offsets = (entry as { data_offsets?: unknown } | null)?.data_offsets;
  return Array.isArray(offsets) && typeof offsets[0] === 'number' ? offsets[0] : -1;
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(ITEM_BYTES, value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}

function view(dtype: Dtype, bytes: Uint8Array): TensorData {
  const width = ITEM_BYTES[dtype];
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const count = aligned.byteLength / width;
  switch (dtype) {
    case 'F32':
      return new Float32Array(aligned.buffer, aligned.byteOffset, count);
    case 'F64':
      return new Float64Array(aligned.buffer, aligned.byteOffset, count);
    case 'I32':
      return new Int32Array(aligned.buffer, aligned.byteOffset, count);
    case 'U8':
      return aligned;
    default:
      return dtype satisfies never;
  }
}

import { reason, type HarnessError } from '../errors.ts';
import { parseStrictJson } from '../files/strict-json.ts';
import { quoted, refusal } from './refusal.ts';
import { elements, ITEM_BYTES, MAX_DIMENSIONS, rowMajor, type StoredTensor, type StoredType } from './stored-tensor.ts';
import type { WeightsFile } from './weights-file.ts';
import type { Dtype, NamedTensor, TensorData } from './write-safetensors.ts';

/** The format's own limit (huggingface/safetensors, MAX_HEADER_SIZE). */
const HEADER_LIMIT = 100_000_000;

const TYPES: ReadonlyMap<unknown, StoredType> = new Map([
  ['F64', 'f64'],
  ['F32', 'f32'],
  ['F16', 'f16'],
  ['BF16', 'bf16'],
  ['I64', 'i64'],
  ['I32', 'i32'],
  ['I16', 'i16'],
  ['I8', 'i8'],
  ['U8', 'u8'],
  ['BOOL', 'bool'],
]);

/** What a safetensors file is read from: a file that is read in parts, or bytes in memory. */
interface ByteSource {
  readonly size: number;
  bytes(offset: number, length: number): Uint8Array;
  refusal(what: string, options?: { hint?: string; cause?: unknown }): HarnessError;
}

/**
 * The tensors of a safetensors file, by their location in it: reads the header only. Throws FORMAT, as the reference implementation does,
 * if a name occurs twice, or if tensors overlap, leave a gap or do not fit the file.
 */
export function readStoredTensors(file: WeightsFile): StoredTensor[] {
  return readLayout(file).entries.map(({ name, dtype, shape, from }) => ({
    name,
    dtype,
    shape,
    strides: rowMajor(shape),
    file: file.real,
    offset: from,
  }));
}

/**
 * The tensors of a safetensors file in memory, as views where they are aligned to their item size, else as copies. `file`: its name in
 * messages. Throws FORMAT as `readStoredTensors` does, and for types other than F32, F64, I32 and U8.
 */
export function readSafetensors(bytes: Uint8Array, file: string): { tensors: Map<string, NamedTensor>; metadata: Record<string, string> } {
  const source: ByteSource = {
    size: bytes.byteLength,
    bytes: (offset, length) => bytes.subarray(offset, offset + length),
    refusal: (what, { hint = 'Delete it or download it again.', cause } = {}) => refusal(file, what, { hint, cause }),
  };
  const { entries, metadata } = readLayout(source);
  const tensors = entries.map(({ name, dtype: stored, shape, from, to }): [string, NamedTensor] => {
    const dtype = HELD.get(stored);
    if (dtype === undefined) throw unread(name, stored.toUpperCase(), source);
    return [name, { name, dtype, shape, data: view(dtype, bytes.subarray(from, to), ITEM_BYTES[stored]) }];
  });
  return { tensors: new Map(tensors), metadata };
}

const HELD: ReadonlyMap<StoredType, Dtype> = new Map([
  ['f32', 'F32'],
  ['f64', 'F64'],
  ['i32', 'I32'],
  ['u8', 'U8'],
]);

function view(dtype: Dtype, bytes: Uint8Array, width: number): TensorData {
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
      // Not a Buffer, whatever was read into: a Buffer's `slice` is a view, that of any other typed array a copy.
      return new Uint8Array(aligned.buffer, aligned.byteOffset, count);
    default:
      return dtype satisfies never;
  }
}

interface Entry {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  /** Number of bytes of the file that are read already. */
  readonly from: number;
  readonly to: number;
}

/**
 * Parses the header and checks it against the file: 8 bytes of header length, a JSON header, then the tensors. Entries are in the order of
 * their offsets.
 */
function readLayout(file: ByteSource): { entries: readonly Entry[]; metadata: Record<string, string> } {
  const { header, bodyAt } = readHeader(file);
  const { __metadata__: metadata = {}, ...named } = header as Readonly<Record<string, unknown>>;
  const bodyBytes = file.size - bodyAt;
  const entries = Object.entries(named)
    .map(([name, entry]) => readEntry(name, entry, file))
    .toSorted((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, dtype, shape, from, to } of entries) {
    const fits = to - from === elements(shape) * ITEM_BYTES[dtype];
    if (!fits) {
      throw file.refusal(
        `Tensor ${quoted(name)} of type ${dtype} and shape [${shape.join(', ')}] does not have the ${to - from} bytes from ${from} to ${to}.`,
      );
    }
    if (from !== end) throw file.refusal(`Tensor ${quoted(name)} begins at byte ${from}, but the previous one ends at ${end}.`);
    if (to > bodyBytes) throw file.refusal(`Tensor ${quoted(name)} ends at byte ${to} of ${bodyBytes}: the file is truncated.`);
    end = to;
  }
  if (end !== bodyBytes) throw file.refusal(`It has ${bodyBytes - end} bytes after its last tensor.`);
  return {
    entries: entries.map((entry) => ({ ...entry, from: bodyAt + entry.from, to: bodyAt + entry.to })),
    metadata: metadata as Record<string, string>,
  };
}

function readHeader(file: ByteSource): { header: object; bodyAt: number } {
  if (file.size < 8) throw file.refusal(`A safetensors file has at least 8 bytes; this one has ${file.size}.`);
  const start = file.bytes(0, 8);
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (length > HEADER_LIMIT || 8 + length > file.size) {
    throw file.refusal(`Its header claims ${length} bytes, but the file has ${file.size}: it is truncated or not a safetensors file.`);
  }
  let header: unknown;
  try {
    header = parseStrictJson(file.bytes(8, length));
  } catch (error) {
    throw file.refusal(`Its header cannot be read as JSON (${reason(error)}).`, { cause: error });
  }
  if (!isObject(header)) throw file.refusal('Its header is not a JSON object.');
  return { header, bodyAt: 8 + length };
}

function readEntry(name: string, entry: unknown, file: ByteSource): Entry {
  const {
    dtype: type,
    shape,
    data_offsets: offsets,
  } = (isObject(entry) ? entry : {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const dtype = TYPES.get(type);
  if (typeof type !== 'string') throw file.refusal(`Tensor ${quoted(name)} has no valid dtype.`);
  if (dtype === undefined) throw unread(name, type, file);
  if (!isCounts(shape) || shape.length > MAX_DIMENSIONS) throw file.refusal(`Tensor ${quoted(name)} has no valid shape.`);
  if (!isCounts(offsets) || offsets.length !== 2) throw file.refusal(`Tensor ${quoted(name)} has no valid data_offsets.`);
  return { name, dtype, shape, from: offsets[0]!, to: offsets[1]! };
}

function unread(name: string, type: string, file: ByteSource): HarnessError {
  return file.refusal(`Tensor ${quoted(name)} has type ${quoted(type)}, which is not supported.`, {
    hint: 'Use weights of another precision.',
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}

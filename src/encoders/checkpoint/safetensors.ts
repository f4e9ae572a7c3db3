import { reason } from '../../errors.ts';
import { quoted } from './complaint.ts';
import { elements, ITEM_BYTES, MAX_DIMENSIONS, rowMajor, type StoredTensor, type StoredType } from './stored-tensor.ts';
import { parseStrictJson } from './strict-json.ts';
import type { WeightsFile } from './weights-file.ts';

/** The format's own limit (huggingface/safetensors, MAX_HEADER_SIZE). */
const HEADER_LIMIT = 100_000_000;

const TYPES: ReadonlyMap<unknown, StoredType> = new Map([
  ['F64', 'f64'], ['F32', 'f32'], ['F16', 'f16'], ['BF16', 'bf16'], ['I64', 'i64'],
  ['I32', 'i32'], ['I16', 'i16'], ['I8', 'i8'], ['U8', 'u8'], ['BOOL', 'bool'],
]);

/**
 * The tensors of a safetensors file: 8 bytes of header length, a JSON header, tensors in a row. Reads the header alone.
 * Throws FORMAT, as the reference implementation does, where a name stands there twice, tensors overlap, leave a gap or do not fit the file.
 */
export function readSafetensors(file: WeightsFile): StoredTensor[] {
  const { header, bodyAt } = readHeader(file);
  const bodyBytes = file.size - bodyAt;
  const tensors: StoredTensor[] = [];
  let end = 0;
  for (const { name, dtype, shape, from, to } of readEntries(header, file)) {
    const fits = to - from === elements(shape) * ITEM_BYTES[dtype];
    if (!fits) throw file.refusal(`Tensor ${quoted(name)} of type ${dtype} and shape [${shape.join(', ')}] does not have the ${to - from} bytes from ${from} to ${to}.`);
    if (from !== end) throw file.refusal(`Tensor ${quoted(name)} begins at byte ${from} where the one before ends at ${end}.`);
    if (to > bodyBytes) throw file.refusal(`Tensor ${quoted(name)} ends at byte ${to} of ${bodyBytes}: the file is truncated.`);
    end = to;
    tensors.push({ name, dtype, shape, strides: rowMajor(shape), file: file.real, offset: bodyAt + from });
  }
  if (end !== bodyBytes) throw file.refusal(`It has ${bodyBytes - end} bytes behind its last tensor.`);
  return tensors;
}

function readHeader(file: WeightsFile): { header: object; bodyAt: number } {
  if (file.size < 8) throw file.refusal(`A safetensors file has at least 8 bytes, this one ${file.size}.`);
  const length = Number(file.view(0, 8).getBigUint64(0, true));
  if (length > HEADER_LIMIT || 8 + length > file.size) {
    throw file.refusal(`Its header is said to have ${length} bytes, the file has ${file.size}: it is truncated or no safetensors file.`);
  }
  let header: unknown;
  try {
    header = parseStrictJson(file.bytes(8, length));
  } catch (error) {
    throw file.refusal(`Its header cannot be read as JSON (${reason(error)}).`, { cause: error });
  }
  if (!isObject(header)) throw file.refusal('Its header is no JSON object.');
  return { header, bodyAt: 8 + length };
}

interface Entry {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** In the order in which they lie. */
function readEntries(header: object, file: WeightsFile): Entry[] {
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => readEntry(name, entry, file))
    .toSorted((a, b) => a.from - b.from || a.to - b.to);
}

function readEntry(name: string, entry: unknown, file: WeightsFile): Entry {
  const { dtype: type, shape, data_offsets: offsets } = (isObject(entry) ? entry : {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const dtype = TYPES.get(type);
  if (typeof type !== 'string') throw file.refusal(`Tensor ${quoted(name)} has no dtype that can be read.`);
  if (dtype === undefined) {
    throw file.refusal(`Tensor ${quoted(name)} has the type ${quoted(type)}, which is not read.`, { mend: 'Take weights of another number type.' });
  }
  if (!isCounts(shape) || shape.length > MAX_DIMENSIONS) throw file.refusal(`Tensor ${quoted(name)} has no shape that can be read.`);
  if (!isCounts(offsets) || offsets.length !== 2) throw file.refusal(`Tensor ${quoted(name)} has no data_offsets that can be read.`);
  return { name, dtype, shape, from: offsets[0]!, to: offsets[1]! };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}

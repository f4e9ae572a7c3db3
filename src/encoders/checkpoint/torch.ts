import { quoted } from '../../tensors/refusal.ts';
import { unpickle } from './pickle.ts';
import { PickleDict, PickleList, shown, type PickleValue } from './pickle-values.ts';
import { findStateDict } from './state-dict.ts';
import { elements, isContiguous, ITEM_BYTES, span, type StoredTensor } from '../../tensors/stored-tensor.ts';
import { torchRules, type TorchStorage, type TorchTensor } from './torch-values.ts';
import { ByteStream, type WeightsFile } from '../../tensors/weights-file.ts';
import { readZip } from './zip.ts';

/** A pickle of weights has some hundred bytes per tensor. */
const PICKLE_LIMIT = 1 << 26;

/** Beginning of the older layout (torch/serialization.py, `_legacy_save`). */
const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;

/** The value saved by torch.save, and the byte offset of each storage's first element. */
interface Saved {
  readonly value: PickleValue;
  readonly places: ReadonlyMap<TorchStorage, number>;
}

/**
 * The tensors of a file written by torch.save, in its zip layout (since torch 1.6) or the older one. Reads only pickles and headers, and in
 * pickles only operations that make values (pickle.ts). Throws FORMAT.
 */
export function readTorch(file: WeightsFile): StoredTensor[] {
  const { value, places } = readSaved(file);
  const tensors = [...findStateDict(value, file)].map(([name, tensor]) => placed(name, tensor, { file, places }));
  // Non-contiguous tensors are copied into memory: together at most as many numbers as the file has bytes.
  const scattered = tensors.reduce((sum, tensor) => sum + (isContiguous(tensor) ? 0 : elements(tensor.shape)), 0);
  if (scattered > file.size)
    throw file.refusal(`Its strided tensors have ${scattered} elements in total, but the file has only ${file.size} bytes.`);
  return tensors;
}

function readSaved(file: WeightsFile): Saved {
  const magic = ascii(file, 0, Math.min(file.size, 4));
  if (magic === 'PK\x03\x04') return readZipLayout(file);
  if (magic.startsWith('\x80')) return readOldLayout(file);
  throw file.refusal('It was not written by torch.save.');
}

/** One folder with data.pkl, a file data/KEY for each storage, and further entries. */
function readZipLayout(file: WeightsFile): Saved {
  const entries = readZip(file);
  const pickles = [...entries.values()].filter(({ name }) => /^[^/]*\/data\.pkl$/.test(name));
  if (pickles.length !== 1) throw file.refusal(`It is a zip archive with ${pickles.length} data.pkl; torch.save writes one.`);
  const [{ name, offset, size }] = pickles as [(typeof pickles)[number]];
  const folder = name.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined && ascii(file, order.offset, Math.min(order.size, 6)) !== 'little') throw bigEndian(file);
  const { rules, storages } = torchRules(file);
  const value = unpickle(new ByteStream(file, { from: offset, to: offset + Math.min(size, PICKLE_LIMIT) }), rules);
  const places = new Map<TorchStorage, number>();
  for (const storage of storages.values()) {
    const entry = entries.get(`${folder}data/${storage.key}`);
    if (entry === undefined) throw file.refusal(`Its storage ${quoted(storage.key)} is not in the archive.`);
    const length = Math.floor(entry.size / ITEM_BYTES[storage.dtype]);
    if (length !== storage.length)
      throw file.refusal(`Its storage ${quoted(storage.key)} is said to have ${storage.length} numbers and has ${length}.`);
    places.set(storage, entry.offset);
  }
  return { value, places };
}

/** Five pickles (magic number, version, byte order, the value, keys of the storages), then the storages in the order of the keys. */
function readOldLayout(file: WeightsFile): Saved {
  const stream = new ByteStream(file, { from: 0, to: Math.min(file.size, PICKLE_LIMIT) });
  const { rules, storages } = torchRules(file);
  if (unpickle(stream, rules) !== MAGIC_NUMBER) throw file.refusal('It is a pickle, but was not written by torch.save.');
  const version = unpickle(stream, rules);
  if (version !== PROTOCOL_VERSION) throw file.refusal(`Its layout is version ${shown(version)}; only ${PROTOCOL_VERSION} is supported.`);
  const system = unpickle(stream, rules);
  const little = system instanceof PickleDict ? system.items[system.items.indexOf('little_endian') + 1] : undefined;
  if (little !== true) throw bigEndian(file);
  const value = unpickle(stream, rules);
  const keys = unpickle(stream, rules);
  if (!(keys instanceof PickleList)) throw file.refusal('It has no list of storages.');
  return { value, places: placesInARow(file, { keys: keys.items, storages, from: stream.position }) };
}

interface Row {
  readonly keys: readonly PickleValue[];
  readonly storages: ReadonlyMap<string, TorchStorage>;
  readonly from: number;
}

/** Each storage is 8 bytes of length in elements, then its numbers. */
function placesInARow(file: WeightsFile, { keys, storages, from }: Row): Map<TorchStorage, number> {
  const places = new Map<TorchStorage, number>();
  let at = from;
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined || places.has(storage))
      throw file.refusal(`Its list of storages has ${shown(key)}, which no tensor needs or which is listed twice.`);
    const length = Number(file.view(at, 8).getBigUint64(0, true));
    if (length !== storage.length)
      throw file.refusal(`Its storage ${quoted(storage.key)} is said to have ${storage.length} numbers and has ${length}.`);
    places.set(storage, at + 8);
    at += 8 + length * ITEM_BYTES[storage.dtype];
    if (at > file.size) throw file.refusal(`Its storage ${quoted(storage.key)} ends at byte ${at} of ${file.size}: the file is truncated.`);
  }
  const missing = [...storages.values()].find((storage) => !places.has(storage));
  if (missing !== undefined) throw file.refusal(`Its list of storages lacks ${quoted(missing.key)}.`);
  if (at !== file.size) throw file.refusal(`It has ${file.size - at} bytes after its last storage.`);
  return places;
}

function placed(
  name: string,
  { view, offset, shape, strides }: TorchTensor,
  { file, places }: { file: WeightsFile; places: Saved['places'] },
): StoredTensor {
  const { storage } = view;
  const last = offset + span({ shape, strides });
  if (last > view.length)
    throw file.refusal(`Tensor ${quoted(name)} needs ${last} numbers of storage ${quoted(storage.key)}, which has ${view.length}.`);
  // Strides of 0 make any number of elements from one; weights do not have them, and each would take memory when it is read.
  const count = elements(shape);
  if (count > file.size) throw file.refusal(`Tensor ${quoted(name)} has ${count} elements, but the file has only ${file.size} bytes.`);
  return {
    name,
    dtype: storage.dtype,
    shape,
    strides,
    file: file.real,
    offset: places.get(storage)! + (view.offset + offset) * ITEM_BYTES[storage.dtype],
  };
}

function ascii(file: WeightsFile, offset: number, length: number): string {
  return Buffer.from(file.bytes(offset, length)).toString('latin1');
}

function bigEndian(file: WeightsFile) {
  return file.refusal('It is big-endian, or does not state its byte order.', { hint: 'Save it on a little-endian machine.' });
}

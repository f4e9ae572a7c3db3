import { quoted } from '../../tensors/refusal.ts';
import type { PickleRules } from './pickle.ts';
import { PickleDict, PickleGlobal, PickleList, PickleObject, PickleTuple, type PickleValue } from './pickle-values.ts';
import { MAX_DIMENSIONS, type StoredType } from '../../tensors/stored-tensor.ts';
import type { WeightsFile } from '../../tensors/weights-file.ts';

/**
 * Contents of torch.save's pickles: storages by persistent id, and tensors as views of storages (torch/_utils.py, torch/serialization.py).
 */

/** A storage of numbers, viewed by one or more tensors. The pickle does not contain its location in the file. */
export interface TorchStorage {
  readonly key: string;
  readonly dtype: StoredType;
  /** In elements. */
  readonly length: number;
}

/** A whole storage, or a part of it as in the oldest files. */
class StorageView extends PickleObject {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly length: number;

  constructor({ storage, offset, length }: { storage: TorchStorage; offset: number; length: number }) {
    super();
    this.storage = storage;
    this.offset = offset;
    this.length = length;
  }

  get kind(): string {
    return 'a storage';
  }
}

export class TorchTensor extends PickleObject {
  readonly view: StorageView;
  /** Relative to the view's first element, in elements. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor({
    view,
    offset,
    shape,
    strides,
  }: {
    view: StorageView;
    offset: number;
    shape: readonly number[];
    strides: readonly number[];
  }) {
    super();
    this.view = view;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  get kind(): string {
    return 'a tensor';
  }
}

/** The unused result of a call. */
class Unread extends PickleObject {
  get kind(): string {
    return 'an object';
  }
}

class StorageType extends PickleGlobal {
  readonly dtype: StoredType;

  constructor(name: string, dtype: StoredType) {
    super(name);
    this.dtype = dtype;
  }
}

const STORAGE_TYPES: Readonly<Record<string, StoredType>> = {
  'torch.DoubleStorage': 'f64',
  'torch.FloatStorage': 'f32',
  'torch.HalfStorage': 'f16',
  'torch.BFloat16Storage': 'bf16',
  'torch.LongStorage': 'i64',
  'torch.IntStorage': 'i32',
  'torch.ShortStorage': 'i16',
  'torch.CharStorage': 'i8',
  'torch.ByteStorage': 'u8',
  'torch.BoolStorage': 'bool',
  'torch.storage.UntypedStorage': 'u8',
};

/** Further values in a dict of weights, which are ignored. */
const UNREAD_CALLS = ['torch.Size', 'torch.device', 'torch.serialization._get_layout'];
const UNREAD_NAMES = [
  'torch.Tensor',
  'torch.nn.parameter.Parameter',
  'torch.float64',
  'torch.float32',
  'torch.float16',
  'torch.bfloat16',
  'torch.int64',
  'torch.int32',
  'torch.int16',
  'torch.int8',
  'torch.uint8',
  'torch.bool',
];

const GLOBALS: ReadonlyMap<string, PickleGlobal> = new Map(
  [
    new PickleGlobal('collections.OrderedDict', orderedDict),
    new PickleGlobal('torch._utils._rebuild_tensor', rebuildTensor),
    new PickleGlobal('torch._utils._rebuild_tensor_v2', rebuildTensor),
    new PickleGlobal('torch._utils._rebuild_parameter', ([data]) => tensorOrNone(data)),
    new PickleGlobal('torch._utils._rebuild_parameter_with_state', ([data]) => tensorOrNone(data)),
    new PickleGlobal('torch._tensor._rebuild_from_type_v2', rebuildFromType),
    ...UNREAD_CALLS.map((name) => new PickleGlobal(name, () => new Unread())),
    ...UNREAD_NAMES.map((name) => new PickleGlobal(name)),
    ...Object.entries(STORAGE_TYPES).map(([name, dtype]) => new StorageType(name, dtype)),
  ].map((global) => [global.name, global]),
);

/** Rules for pickles of torch.save, and the storages named while reading one, by key. */
export function torchRules(file: WeightsFile): { rules: PickleRules; storages: ReadonlyMap<string, TorchStorage> } {
  const storages = new Map<string, TorchStorage>();
  const persistent = (id: PickleValue): StorageView | undefined => {
    const parsed = parseStorageId(id);
    if (parsed === undefined) return undefined;
    const { key, dtype, length } = parsed.storage;
    const storage = storages.get(key) ?? parsed.storage;
    if (storage.dtype !== dtype || storage.length !== length) {
      throw file.refusal(`Its storage ${quoted(key)} is declared as ${storage.length} of ${storage.dtype}, and as ${length} of ${dtype}.`);
    }
    storages.set(key, storage);
    return new StorageView({ storage, ...(parsed.part ?? { offset: 0, length }) });
  };
  return { rules: { globals: GLOBALS, persistent }, storages };
}

interface StorageId {
  readonly storage: TorchStorage;
  readonly part: { readonly offset: number; readonly length: number } | undefined;
}

/** ("storage", type, key, device, length), and in the older layout also None or (key of the part, offset, length). */
function parseStorageId(id: PickleValue): StorageId | undefined {
  if (!(id instanceof PickleTuple) || id.items.length < 5) return undefined;
  const [kind, type, key, , length, part = null] = id.items;
  if (kind !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string' || !isCount(length)) return undefined;
  const storage: TorchStorage = { key, dtype: type.dtype, length };
  if (part === null) return { storage, part: undefined };
  if (!(part instanceof PickleTuple)) return undefined;
  const [, offset, partLength] = part.items;
  if (!isCount(offset) || !isCount(partLength) || offset + partLength > length) return undefined;
  return { storage, part: { offset, length: partLength } };
}

/**
 * (storage, offset, shape, strides, …, metadata): in between, fields for training. Metadata mean that the numbers are to be negated or
 * conjugated, which does not occur in weights.
 */
function rebuildTensor([view, offset, shape, strides, , , metadata = null]: readonly PickleValue[]): TorchTensor | undefined {
  if (metadata !== null) return undefined;
  if (!(view instanceof StorageView) || !isCount(offset) || !(shape instanceof PickleTuple) || !(strides instanceof PickleTuple))
    return undefined;
  const fits = shape.items.length === strides.items.length && shape.items.length <= MAX_DIMENSIONS;
  if (!fits || !shape.items.every(isCount) || !strides.items.every(isCount)) return undefined;
  return new TorchTensor({ view, offset, shape: shape.items as number[], strides: strides.items as number[] });
}

/** (function, type, its arguments, attributes): a tensor with attributes. Only one level is accepted. */
function rebuildFromType([build, , args]: readonly PickleValue[]): TorchTensor | undefined {
  const known = build instanceof PickleGlobal && build.call === rebuildTensor && args instanceof PickleTuple;
  return known ? rebuildTensor(args.items) : undefined;
}

function tensorOrNone(value: PickleValue | undefined): TorchTensor | undefined {
  return value instanceof TorchTensor ? value : undefined;
}

/** No argument, or as written by Python 2, a list of [key, value]. */
function orderedDict([pairs]: readonly PickleValue[]): PickleDict | undefined {
  const dict = new PickleDict();
  if (pairs === undefined) return dict;
  if (!(pairs instanceof PickleList)) return undefined;
  // Removed from the list: a file could request a million dicts of one long list.
  for (const pair of pairs.items.splice(0)) {
    if (!(pair instanceof PickleList || pair instanceof PickleTuple) || pair.items.length !== 2) return undefined;
    dict.items.push(pair.items[0]!, pair.items[1]!);
  }
  return dict;
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

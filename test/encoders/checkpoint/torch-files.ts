import { crc32 } from 'node:zlib';

/** Small files as torch.save and safetensors write them, made byte by byte, so that each can have one fault. */

/** A value as a pickle builds it. Bytes are opcodes, inserted verbatim. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | { readonly tuple: readonly Pickled[] }
  | { readonly list: readonly Pickled[] }
  | { readonly dict: readonly (readonly [Pickled, Pickled])[] }
  | { readonly global: string }
  | { readonly call: Pickled; readonly args: readonly Pickled[] }
  | { readonly persistent: Pickled };

/** A pickle of protocol 2. A global is named as `module name`. */
export function pickle(value: Pickled): Buffer {
  return Buffer.concat([Buffer.of(0x80, 2), operations(value), Buffer.from('.')]);
}

/** The opcodes that build the value, without begin and end of a pickle. */
export function operations(value: Pickled): Buffer {
  if (value === null) return Buffer.from('N');
  if (value instanceof Uint8Array) return Buffer.from(value);
  switch (typeof value) {
    case 'boolean':
      return Buffer.of(value ? 0x88 : 0x89);
    case 'number':
      return Buffer.concat([Buffer.from('J'), u32(value)]);
    case 'string':
      return Buffer.concat([Buffer.from('X'), u32(Buffer.byteLength(value)), Buffer.from(value)]);
    default:
      return objectOperations(value);
  }
}

function objectOperations(value: Exclude<Pickled, null | boolean | number | string | Uint8Array>): Buffer {
  const all = (items: readonly Pickled[]) => items.map(operations);
  const mark = Buffer.from('(');
  if ('tuple' in value) return Buffer.concat([mark, ...all(value.tuple), Buffer.from('t')]);
  if ('list' in value) return Buffer.concat([Buffer.from(']('), ...all(value.list), Buffer.from('e')]);
  if ('dict' in value) return Buffer.concat([Buffer.from('}('), ...all(value.dict.flat()), Buffer.from('u')]);
  if ('global' in value) return Buffer.from(`c${value.global.replace(' ', '\n')}\n`);
  if ('call' in value) return Buffer.concat([operations(value.call), operations({ tuple: value.args }), Buffer.from('R')]);
  return Buffer.concat([operations(value.persistent), Buffer.from('Q')]);
}

export interface TensorSpec {
  readonly storage: string;
  /** Elements of the whole storage. */
  readonly length: number;
  readonly type?: string;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
}

export function storageId({ storage, length, type = 'FloatStorage' }: TensorSpec, part?: Pickled): Pickled {
  return { persistent: { tuple: ['storage', { global: `torch ${type}` }, storage, 'cpu', length, ...(part === undefined ? [] : [part])] } };
}

export function tensor(spec: TensorSpec, storage = storageId(spec)): Pickled {
  const { shape, strides, offset = 0 } = spec;
  return {
    call: { global: 'torch._utils _rebuild_tensor_v2' },
    args: [storage, offset, { tuple: shape }, { tuple: strides }, false, { call: { global: 'collections OrderedDict' }, args: [] }],
  };
}

export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** Values of the local header that differ from the true ones. */
  readonly local?: { readonly name?: string; readonly size?: number };
}

/** A stored archive, with only the plain end record, or with those of zip64 before it. */
export function zip(
  files: readonly ZipFile[],
  { wide = false, order = files.map((_, i) => i) }: { wide?: boolean; order?: readonly number[] } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes, method = 0, flags = 0, local = {} } of files) {
    const checksum = crc32(bytes);
    const same = (length: number, own: string) =>
      Buffer.concat([u16(flags), u16(method), u32(0), u32(checksum), u32(length), u32(length), u16(Buffer.byteLength(own)), u16(0)]);
    const ownName = local.name ?? name;
    const header = Buffer.concat([u32(0x04034b50), u16(0), same(local.size ?? bytes.length, ownName), Buffer.from(ownName)]);
    const extra = wide ? [u16(1), u16(8), u64(at)] : [];
    const listed = Buffer.concat([
      u32(0x02014b50),
      u32(0),
      same(bytes.length, name),
      u16(0),
      u16(0),
      u16(0),
      u32(0),
      u32(wide ? 0xffffffff : at),
      Buffer.from(name),
      ...extra,
    ]);
    listed.writeUInt16LE(wide ? 12 : 0, 30);
    directory.push(listed);
    parts.push(header, Buffer.from(bytes));
    at += header.length + bytes.length;
  }
  const central = Buffer.concat(order.map((i) => directory[i]!));
  const count = order.length;
  const wideEnd = Buffer.concat([
    u32(0x06064b50),
    u64(44),
    u32(0),
    u32(0),
    u32(0),
    u64(count),
    u64(count),
    u64(central.length),
    u64(at),
    u32(0x07064b50),
    u32(0),
    u64(at + central.length),
    u32(1),
  ]);
  const end = Buffer.concat([u32(0x06054b50), u32(0), u16(count), u16(count), u32(central.length), u32(wide ? 0xffffffff : at), u16(0)]);
  return Buffer.concat([...parts, central, ...(wide ? [wideEnd] : []), end]);
}

/** torch's format since 1.6. */
export function torchZip(value: Pickled, storages: Readonly<Record<string, Uint8Array>>): Buffer {
  const files = {
    'data.pkl': pickle(value),
    byteorder: Buffer.from('little'),
    ...Object.fromEntries(Object.entries(storages).map(([key, bytes]) => [`data/${key}`, bytes])),
  };
  return zip(Object.entries(files).map(([name, bytes]) => ({ name: `archive/${name}`, bytes })));
}

export interface OldParts {
  readonly magic?: Uint8Array;
  readonly version?: number;
  readonly little?: boolean;
  readonly keys?: readonly Pickled[];
}

/** torch's format before 1.6. A storage is its length in elements, then its bytes. */
export function torchOld(
  value: Pickled,
  storages: Readonly<Record<string, readonly [length: number, bytes: Uint8Array]>>,
  parts: OldParts = {},
): Buffer {
  const { magic = Buffer.from('8a0a6cfc9c46f9206aa85019', 'hex'), version = 1001, little = true, keys = Object.keys(storages) } = parts;
  const system: Pickled = {
    dict: [
      ['protocol_version', 1001],
      ['little_endian', little],
    ],
  };
  const pickles = [magic, version, system, value, { list: keys }].map(pickle);
  return Buffer.concat([...pickles, ...Object.values(storages).flatMap(([length, bytes]) => [u64(length), Buffer.from(bytes)])]);
}

/** A safetensors file with this header, an object or literal text. */
export function safetensors(header: object | string, body: Uint8Array = new Uint8Array()): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  return Buffer.concat([u64(json.length), json, body]);
}

export function floats(...values: number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

export function u16(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16LE(value);
  return out;
}

export function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeInt32LE(value | 0);
  return out;
}

export function u64(value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt(value));
  return out;
}

/**
 * A small checkpoint with everything that readers meet: two storages, strides, an offset, other values. `first` and `second` are the
 * storages' bytes.
 */
export const SMALL = {
  value: {
    dict: [
      ['a', tensor({ storage: '0', length: 6, shape: [2, 3], strides: [3, 1] })],
      ['b', tensor({ storage: '0', length: 6, shape: [3, 2], strides: [1, 3] })],
      ['c', tensor({ storage: '1', length: 4, type: 'HalfStorage', shape: [3], strides: [1], offset: 1 })],
      ['n', { list: [1, null, true, { tuple: ['x', operations({ dict: [] })] }] }],
    ],
  } satisfies Pickled as Pickled,
  first: floats(1, 2, 3, 4, 5, 6),
  second: Buffer.alloc(8, 0x3c),
};

/** Small uncompressed Parquet files made byte by byte, so that each can have one fault. */

/** A value of thrift's compact protocol: i32 or i64 (a bigint), a text, a list, a struct by its field numbers. */
type Thrift = number | bigint | boolean | string | readonly Thrift[] | Struct;
interface Struct {
  readonly [field: number]: Thrift;
}

const KIND = { true: 1, false: 2, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;
const ENCODING = { plain: 0, rle: 3, delta: 5, dictionary: 8 } as const;
const TYPE = { int64: 2, text: 6 } as const;

export function varintBytes(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt(value);
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return Buffer.of(...bytes, Number(left));
}

function kindOf(value: Thrift): number {
  if (typeof value === 'number') return KIND.i32;
  if (typeof value === 'bigint') return KIND.i64;
  if (typeof value === 'boolean') return value ? KIND.true : KIND.false;
  if (typeof value === 'string') return KIND.binary;
  return Array.isArray(value) ? KIND.list : KIND.struct;
}

function thrift(value: Thrift): Buffer {
  if (typeof value === 'number' || typeof value === 'bigint')
    return varintBytes(BigInt(value) < 0n ? -2n * BigInt(value) - 1n : 2n * BigInt(value));
  if (typeof value === 'boolean') return Buffer.alloc(0);
  if (typeof value === 'string') return Buffer.concat([varintBytes(Buffer.byteLength(value)), Buffer.from(value)]);
  if (Array.isArray(value))
    return Buffer.concat([Buffer.of((value.length << 4) | kindOf(value[0] as Thrift)), ...(value as Thrift[]).map(thrift)]);
  let last = 0;
  const fields = Object.entries(value as Record<string, Thrift>).map(([field, inner]) => {
    const head = Buffer.of(((Number(field) - last) << 4) | kindOf(inner));
    last = Number(field);
    return Buffer.concat([head, thrift(inner)]);
  });
  return Buffer.concat([...fields, Buffer.of(0)]);
}

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const plain = (texts: readonly string[]) => Buffer.concat(texts.flatMap((text) => [u32(Buffer.byteLength(text)), Buffer.from(text)]));
const run = (count: number, value: number) => Buffer.concat([varintBytes(2 * count), Buffer.of(value)]);

/** Declared values that differ from the true ones. */
export interface ParquetLies {
  readonly rows?: bigint;
  /** Values of the pages. */
  readonly values?: number;
  /** Length of the run of definition levels. */
  readonly levels?: number;
  /** Length of the run of labels in the dictionary. */
  readonly labels?: number;
  readonly pageBytes?: number;
  readonly miniblocks?: number;
}

/** Four rows: `text`, plain; `label`, by dictionary; `part`, by dictionary in pages of the second version; `number`, by differences. */
export function parquetBytes(lies: ParquetLies = {}): Buffer {
  const count = 4;
  const values = lies.values ?? count;
  const levels = run(lies.levels ?? count, 1);
  const leveled = Buffer.concat([u32(levels.length), levels]);
  const page = (type: number, bytes: Buffer, header: Struct) =>
    Buffer.concat([thrift({ 1: type, 2: lies.pageBytes ?? bytes.length, 3: bytes.length, ...header }), bytes]);
  const first = (encoding: number, bytes: Buffer) => page(0, bytes, { 5: { 1: values, 2: encoding, 3: ENCODING.rle, 4: ENCODING.rle } });
  const second = (encoding: number, bytes: Buffer) =>
    page(3, Buffer.concat([levels, bytes]), { 8: { 1: values, 2: 0, 3: count, 4: encoding, 5: levels.length, 6: 0, 7: false } });
  const dictionary = (words: readonly string[]) => page(2, plain(words), { 7: { 1: words.length, 2: ENCODING.plain } });
  const indices = Buffer.concat([Buffer.of(1), run(2, 0), run(lies.labels ?? 2, 1)]);
  // Blocks of 128 in 4 parts, 4 values, the first 1; then a minimum difference of 1 and parts of no bits.
  const deltas = Buffer.concat([varintBytes(128), varintBytes(lies.miniblocks ?? 4), varintBytes(4), Buffer.of(2, 2, 0, 0, 0, 0)]);
  const columns: readonly { name: string; type: number; encoding: number; pages: readonly Buffer[] }[] = [
    {
      name: 'text',
      type: TYPE.text,
      encoding: ENCODING.plain,
      pages: [first(ENCODING.plain, Buffer.concat([leveled, plain(['Who?', 'Where\nis it?', '', 'café'])]))],
    },
    {
      name: 'label',
      type: TYPE.text,
      encoding: ENCODING.dictionary,
      pages: [dictionary(['HUM', 'LOC']), first(ENCODING.dictionary, Buffer.concat([leveled, indices]))],
    },
    {
      name: 'part',
      type: TYPE.text,
      encoding: ENCODING.dictionary,
      pages: [dictionary(['train', 'test']), second(ENCODING.dictionary, indices)],
    },
    { name: 'number', type: TYPE.int64, encoding: ENCODING.delta, pages: [second(ENCODING.delta, deltas)] },
  ];
  let at = 4;
  const chunks = columns.map(({ name, type, encoding, pages }): Thrift => {
    const [size, offset] = [pages.reduce((sum, { length }) => sum + length, 0), at];
    at += size;
    const data = offset + (pages.length > 1 ? pages[0]!.length : 0);
    const dictionaryAt: Struct = pages.length > 1 ? { 11: BigInt(offset) } : {};
    const own: Struct = {
      1: type,
      2: [encoding],
      3: [name],
      4: 0,
      5: BigInt(count),
      6: BigInt(size),
      7: BigInt(size),
      9: BigInt(data),
      ...dictionaryAt,
    };
    return { 2: BigInt(offset), 3: own } satisfies Struct;
  });
  const utf8: Struct = { 6: 0 };
  const schema: Thrift[] = [
    { 4: 'schema', 5: columns.length },
    ...columns.map(({ name, type }): Struct => ({ 1: type, 3: 1, 4: name, ...(type === TYPE.text ? utf8 : {}) })),
  ];
  const rows = lies.rows ?? BigInt(count);
  const metadata = thrift({ 1: 1, 2: schema, 3: rows, 4: [{ 1: chunks, 2: BigInt(at), 3: rows }] });
  return Buffer.concat([
    Buffer.from('PAR1'),
    ...columns.flatMap(({ pages }) => pages),
    metadata,
    u32(metadata.length),
    Buffer.from('PAR1'),
  ]);
}

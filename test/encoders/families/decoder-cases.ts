import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { toHalf } from '../../../src/tensors/small-floats.ts';
import { ownOracle } from '../../oracles.ts';
import { temporaryFolder } from '../../temporary.ts';

/** A network of `test/oracles/decoders.py`. */
export interface DecoderCase {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly stored: 'f32' | 'f16' | 'bf16';
  readonly prefix: string;
  /** Shapes by name, without the prefix. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** Of each parameter's gradient: norm, largest element and product with fixed numbers. */
  readonly gradients?: Readonly<Record<string, readonly [number, number, number]>>;
  /** Hidden states 1 to L of each text, [layers, tokens, width]. */
  readonly states: readonly Float32Array[];
}

/** The cases of an oracle file, and the texts that all are of. */
export function decoderCases(at = ownOracle('decoders')): {
  readonly texts: readonly (readonly number[])[];
  readonly cases: readonly DecoderCase[];
} {
  const { texts, cases } = JSON.parse(readFileSync(`${at}.json`, 'utf8')) as {
    texts: number[][];
    cases: Record<string, Omit<DecoderCase, 'name' | 'states'>>;
  };
  const { tensors } = readSafetensors(readFileSync(`${at}.safetensors`), at);
  const statesOf = (name: string) => texts.map((_, i) => tensors.get(`${name}.${i}`)!.data as Float32Array);
  return { texts, cases: Object.entries(cases).map(([name, said]) => ({ name, ...said, states: statesOf(name) })) };
}

export interface WrittenCase {
  /** Fields of config.json that replace those of the case; one that is undefined is removed. */
  readonly change?: Readonly<Record<string, unknown>>;
  /** Number of files that the weights are distributed over; default: one. */
  readonly shards?: number;
  readonly folder?: string;
}

/** The checkpoint of a case. Returns its folder. */
export function writeDecoder(
  { config, stored, prefix, weights }: DecoderCase,
  { change = {}, shards = 1, folder = temporaryFolder() }: WrittenCase = {},
): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...config, ...change }));
  const offset = config['model_type'] === 'gemma3_text' ? 0 : 1;
  const files = Array.from({ length: shards }, (_, i) =>
    shards === 1 ? 'model.safetensors' : `model-0000${i + 1}-of-0000${shards}.safetensors`,
  );
  const contents = files.map(() => new Map<string, { bytes: Uint8Array; shape: readonly number[] }>());
  const places: Record<string, string> = {};
  for (const [i, [name, shape]] of Object.entries(weights).entries()) {
    const values = numbersOf(name, shape).map((value) => value + (name.includes('norm') ? offset : 0));
    contents[i % shards]!.set(prefix + name, { bytes: storedAs(Float32Array.from(values), stored), shape });
    places[prefix + name] = files[i % shards]!;
  }
  for (const [i, file] of files.entries()) writeFileSync(path.join(folder, file), safetensors(contents[i]!, stored));
  if (shards > 1) writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: places }));
  return folder;
}

/** The numbers of a weight, by its name: `numbers` of decoders.py. */
function numbersOf(name: string, shape: readonly number[]): Float64Array {
  let seed = 0;
  for (const letter of Buffer.from(name)) seed = (Math.imul(seed, 31) + letter) >>> 0;
  const start = mixed(seed);
  const spread = name.includes('embed') ? 1 : shape.length === 1 ? 0.2 : 2.4 / Math.sqrt(shape[1]!);
  const count = shape.reduce((product, size) => product * size, 1);
  return Float64Array.from({ length: count }, (_, i) => (mixed((Math.imul(i + 1, 0x9e3779b9) + start) >>> 0) / 2 ** 31 - 1) * spread);
}

function mixed(h: number): number {
  for (let i = 0; i < 2; i++) h = Math.imul(h ^ (h >>> 16), 0x45d9f3b);
  return (h ^ (h >>> 16)) >>> 0;
}

function storedAs(values: Float32Array<ArrayBuffer>, stored: DecoderCase['stored']): Uint8Array {
  if (stored === 'f32') return new Uint8Array(values.buffer);
  if (stored === 'f16') return new Uint8Array(toHalf(values, 'a case').buffer);
  // To the nearest, ties to even.
  const upper = Uint16Array.from(new Uint32Array(values.buffer), (bits) => (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  return new Uint8Array(upper.buffer);
}

function safetensors(tensors: ReadonlyMap<string, { bytes: Uint8Array; shape: readonly number[] }>, stored: string): Buffer {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let at = 0;
  for (const [name, { bytes, shape }] of tensors)
    header[name] = { dtype: stored.toUpperCase(), shape, data_offsets: [at, (at += bytes.length)] };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...[...tensors.values()].map(({ bytes }) => bytes)]);
}

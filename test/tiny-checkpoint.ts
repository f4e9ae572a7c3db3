import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { toHalf } from '../src/tensors/small-floats.ts';

const WIDTH = 8;
const INNER = 12;
const LAYERS = 2;
export const TINY_CONFIG = {
  model_type: 'bert',
  vocab_size: 20,
  hidden_size: WIDTH,
  num_hidden_layers: LAYERS,
  num_attention_heads: 2,
  intermediate_size: INNER,
  max_position_embeddings: 16,
  type_vocab_size: 2,
  hidden_act: 'gelu',
  layer_norm_eps: 1e-12,
} as const;

export interface TinyCheckpoint {
  readonly config?: Readonly<Record<string, unknown>>;
  /** Prefix of every name. */
  readonly prefix?: string;
  /** `LayerNorm.gamma` and `LayerNorm.beta`, as converted from TensorFlow. */
  readonly oldNames?: boolean;
  /** Storage dtype of the numbers. They are exact in every type. */
  readonly type?: 'F64' | 'F32' | 'F16' | 'BF16';
  /** A change of the list of tensors. */
  readonly change?: (shapes: Map<string, number[]>) => void;
  /** Names of this tensor in the file, in place of `prefix`: several are copies of it. */
  readonly rename?: (name: string) => readonly string[];
}

/** A BERT of seeded random weights as config.json and model.safetensors. Returns its folder. */
export function writeTinyCheckpoint(
  folder: string,
  { config = TINY_CONFIG, prefix = '', oldNames = false, type = 'F32', change, rename = (name) => [prefix + name] }: TinyCheckpoint = {},
): string {
  mkdirSync(folder, { recursive: true });
  const random = xoroshiro128plus(3);
  const shapes = tinyShapes();
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  change?.(shapes);
  for (const [name, shape] of shapes) {
    const count = shape.reduce((product, size) => product * size, 1);
    // Multiples of 1/64 below 2: exact in bfloat16 too.
    const values = Float32Array.from({ length: count }, () => (((random.next() >>> 0) % 128) - 64) / 64);
    const bytes = stored(values, type);
    const written = oldNames ? name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta') : name;
    for (const each of rename(written)) {
      header[each] = { dtype: type, shape, data_offsets: [at, at + bytes.length] };
      at += bytes.length;
      parts.push(bytes);
    }
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path.join(folder, 'model.safetensors'), Buffer.concat([length, json, ...parts]));
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

function tinyShapes(): Map<string, number[]> {
  const shapes = new Map<string, number[]>([
    ['embeddings.word_embeddings.weight', [20, WIDTH]],
    ['embeddings.position_embeddings.weight', [16, WIDTH]],
    ['embeddings.token_type_embeddings.weight', [2, WIDTH]],
  ]);
  const norm = (name: string) => shapes.set(`${name}.weight`, [WIDTH]).set(`${name}.bias`, [WIDTH]);
  const linear = (name: string, from: number, to: number) => shapes.set(`${name}.weight`, [to, from]).set(`${name}.bias`, [to]);
  norm('embeddings.LayerNorm');
  for (let layer = 0; layer < LAYERS; layer++) {
    const name = `encoder.layer.${layer}`;
    for (const part of ['self.query', 'self.key', 'self.value', 'output.dense']) linear(`${name}.attention.${part}`, WIDTH, WIDTH);
    norm(`${name}.attention.output.LayerNorm`);
    linear(`${name}.intermediate.dense`, WIDTH, INNER);
    linear(`${name}.output.dense`, INNER, WIDTH);
    norm(`${name}.output.LayerNorm`);
  }
  return shapes;
}

function stored(values: Float32Array, type: NonNullable<TinyCheckpoint['type']>): Uint8Array {
  switch (type) {
    case 'F64':
      return new Uint8Array(Float64Array.from(values).buffer);
    case 'F32':
      return new Uint8Array(values.buffer);
    case 'F16':
      return new Uint8Array(toHalf(values, 'tiny').buffer);
    case 'BF16':
      return new Uint8Array(Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16).buffer);
    default:
      return type satisfies never;
  }
}

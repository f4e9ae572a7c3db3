import { HarnessError } from '../../errors.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { elements, type StoredTensor } from '../../tensors/stored-tensor.ts';
import { readFloats } from '../../tensors/read-floats.ts';
import { oldName } from '../families/encoder-names.ts';
import type { AdapterTensors, ModuleParts } from './adapter-tensors.ts';
import type { LoraConfig } from './lora-config.ts';

const HINT = 'Check that the adapter belongs to this encoder, or merge it with peft (merge_and_unload) and save the whole encoder.';

export interface MergeParams {
  /** Of the base, by name. */
  readonly tensors: Checkpoint['tensors'];
  /** Prefix of the encoder's names there. */
  readonly prefix: string;
  readonly adapter: AdapterTensors;
  readonly config: LoraConfig;
}

/**
 * The base's tensors with an adapter merged in: W + scaling * B A, for DoRA with each row scaled to the trained length (Liu et al. 2024),
 * and fully trained tensors replacing those of the base. Other tensors are unchanged; changed ones are computed when they are read. Throws
 * FORMAT if the adapter does not match the base.
 */
export function mergeAdapter({ tensors, prefix, adapter: { modules, whole }, config }: MergeParams): {
  readonly tensors: Map<string, StoredTensor>;
  readonly unused: string[];
} {
  const merged = new Map(tensors);
  const unused: string[] = [];
  const replaced = new Set<string>();
  const wrong = (what: string) => new HarnessError('FORMAT', { where: config.file, what, hint: HINT });
  /** The base's name for a name of the adapter: its longest suffix that the base has. Adapters include the wrappers of the base. */
  const nameIn = (name: string): string | undefined => {
    const parts = name.split('.');
    for (let from = 0; from < parts.length; from++) {
      const end = parts.slice(from).join('.');
      const found = [prefix + end, end, oldName(prefix + end)].find((each) => tensors.has(each));
      if (found !== undefined) return found;
    }
    return undefined;
  };
  for (const [name, tensor] of whole) {
    const own = nameIn(name);
    if (own === undefined) {
      // A head that was trained as well.
      unused.push(tensor.name);
      continue;
    }
    if (replaced.has(own)) throw wrong(`Two tensors of the adapter map to "${own}" of the encoder.`);
    replaced.add(own);
    merged.set(own, tensor);
  }
  const touched = new Set<string>();
  const change = (module: string, kind: 'weight' | 'bias', by: (base: StoredTensor) => (values: Float32Array) => Promise<void>): void => {
    const own = nameIn(`${module}.${kind}`);
    if (own === undefined) throw wrong(`The adapter changes "${module}.${kind}", which the encoder does not have.`);
    if (touched.has(own)) throw wrong(`Two modules of the adapter map to "${own}" of the encoder.`);
    touched.add(own);
    const base = merged.get(own)!;
    merged.set(own, { ...base, change: by(base) });
  };
  // First parts of the encoder's names: `encoder`, `embeddings`. A pooler or head that the base does not have is not part of the encoder.
  const rooms = new Set(
    [...tensors.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length).split('.')[0]!),
  );
  for (const [module, parts] of modules) {
    if (nameIn(`${module}.weight`) === undefined && !module.split('.').some((word) => rooms.has(word))) {
      unused.push(...Object.values(parts).map(({ name }: StoredTensor) => name));
      continue;
    }
    if (!config.targets(module) && parts.rows === undefined) {
      throw wrong(`The adapter has weights for "${module}", which its target_modules and layers_to_transform exclude.`);
    }
    change(module, 'weight', (base) => weightChange(base, { module, parts, config, wrong }));
    if (parts.bias !== undefined) {
      change(module, 'bias', (base) => biasChange(base, parts.bias!, config.scaling(module), () => wrong(mismatch(base, parts.bias!))));
    }
  }
  if (touched.size + replaced.size === 0) throw wrong('None of its tensors changes a weight of the encoder.');
  return { tensors: merged, unused };
}

interface ChangeParams {
  readonly module: string;
  readonly parts: ModuleParts;
  readonly config: LoraConfig;
  readonly wrong: (what: string) => HarnessError;
}

function weightChange(base: StoredTensor, { module, parts, config, wrong }: ChangeParams): (values: Float32Array) => Promise<void> {
  const { a, b, tableA, tableB, magnitude, rows } = parts;
  if (rows !== undefined) {
    if (a ?? b ?? tableA ?? tableB ?? magnitude)
      throw wrong(`"${module}" has both trained rows and a LoRA product, which cannot be merged.`);
    const at =
      config.tokenRows.get(module) ??
      [...config.tokenRows].find(([table]) => table === '' || module.endsWith(`.${table}`) || module === table)?.[1];
    const [, width = 0] = base.shape;
    if (
      at === undefined ||
      rows.shape.length !== 2 ||
      rows.shape[0] !== at.length ||
      rows.shape[1] !== width ||
      at.some((row) => row >= base.shape[0]!)
    )
      throw wrong(`The trained rows of "${module}" and trainable_token_indices do not fit a table of [${base.shape.join(', ')}].`);
    return async (values) => {
      const trained = await readFloats(rows);
      for (const [i, row] of at.entries()) values.set(trained.subarray(i * width, (i + 1) * width), row * width);
    };
  }
  // For a table the product is that of the transposed matrices: A is [rank, rows], B [width, rank].
  const [left, right] = tableA === undefined && tableB === undefined ? [b, a] : [tableA, tableB];
  if (left === undefined || right === undefined) throw wrong(`One of the two LoRA matrices of "${module}" is missing.`);
  const isTable = tableA !== undefined;
  const rank = config.rank(module);
  const [out, within] = base.shape;
  const shapes = isTable
    ? [
        [rank, out],
        [within, rank],
      ]
    : [
        [out, rank],
        [rank, within],
      ];
  if (base.shape.length !== 2 || String(left.shape) !== String(shapes[0]) || String(right.shape) !== String(shapes[1])) {
    throw wrong(
      `The LoRA matrices of "${module}", [${right.shape.join(', ')}] and [${left.shape.join(', ')}], do not fit a weight of ` +
        `[${base.shape.join(', ')}] at rank ${rank}.`,
    );
  }
  if (config.dora !== (magnitude !== undefined)) {
    throw wrong(`use_dora is ${config.dora}, and "${module}" has ${magnitude === undefined ? 'no' : 'a'} lora_magnitude_vector.`);
  }
  if (isTable && magnitude !== undefined) throw wrong(`"${module}" is a table of embeddings with DoRA, which cannot be merged.`);
  if (magnitude !== undefined && elements(magnitude.shape) !== out) throw wrong(mismatch(base, magnitude));
  return async (values) => {
    const [l, r] = [await readFloats(left), await readFloats(right)];
    addProduct(values, {
      left: isTable ? transposed(l, rank, out!) : l,
      right: isTable ? transposed(r, within!, rank) : r,
      rank,
      within: within!,
      scaling: config.scaling(module),
    });
    if (magnitude !== undefined) scaleRows(values, await readFloats(magnitude), within!);
  };
}

export interface Product {
  /** [out, rank], row-major. */
  readonly left: Float32Array;
  /** [rank, within], row-major. */
  readonly right: Float32Array;
  readonly rank: number;
  readonly within: number;
  readonly scaling: number;
}

/** Adds scaling * left * right to a matrix, row-major. */
export function addProduct(values: Float32Array, { left, right, rank, within, scaling }: Product): void {
  const row = new Float64Array(within);
  for (let i = 0; i * within < values.length; i++) {
    row.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = left[i * rank + k]!;
      for (let j = 0; j < within; j++) row[j]! += factor * right[k * within + j]!;
    }
    for (let j = 0; j < within; j++) values[i * within + j] = values[i * within + j]! + scaling * row[j]!;
  }
}

function scaleRows(values: Float32Array, lengths: Float32Array, within: number): void {
  for (const [i, length] of lengths.entries()) {
    const row = values.subarray(i * within, (i + 1) * within);
    const factor = length / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    for (let j = 0; j < within; j++) row[j]! *= factor;
  }
}

function transposed(matrix: Float32Array, rows: number, cols: number): Float32Array {
  const out = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[j * rows + i] = matrix[i * cols + j]!;
  return out;
}

function biasChange(
  base: StoredTensor,
  bias: StoredTensor,
  scaling: number,
  wrong: () => HarnessError,
): (values: Float32Array) => Promise<void> {
  if (String(base.shape) !== String(bias.shape)) throw wrong();
  return async (values) => {
    const trained = await readFloats(bias);
    for (const [i, value] of trained.entries()) values[i] = values[i]! + scaling * value;
  };
}

function mismatch(base: StoredTensor, part: StoredTensor): string {
  return `"${part.name}" of [${part.shape.join(', ')}] does not fit "${base.name}" of [${base.shape.join(', ')}].`;
}

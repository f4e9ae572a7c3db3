import { HarnessError } from '../../errors.ts';
import { readFloats } from '../../tensors/read-floats.ts';
import { elements, type StoredTensor } from '../../tensors/stored-tensor.ts';
import { MODEL2VEC_TABLE } from './static-folder.ts';

/** sentence-transformers' name of a StaticEmbedding's table, which is also used here. */
export const STATIC_TABLE = 'embedding.weight';

/** model2vec's vocabulary quantisation: the row of the table for each token, and its factor. */
const MAPPING = 'mapping';
const SCALES = 'weights';

export interface StaticTensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly rows: number;
  readonly width: number;
}

export interface StaticTensorsParams {
  /** Of the checkpoint, by name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** For messages. */
  readonly folder: string;
  /** `vocabulary_quantization` of config.json. */
  readonly clusters: number | undefined;
}

/**
 * The table of a static encoder [tokens, width] as `embedding.weight`, whatever its name in the file. If tokens share rows (`mapping`
 * [tokens]) or have factors (`weights` [tokens]), which both belong to model2vec's `embeddings`, it is computed when it is read, in
 * float32: row t = embeddings[mapping[t]] * weights[t], as in sentence-transformers 6.2 (StaticEmbedding._fold_model2vec_weights). Throws
 * FORMAT if there is no table, more than one, or its parts do not match.
 */
export async function staticTensors({ tensors, folder, clusters }: StaticTensorsParams): Promise<StaticTensors> {
  const wrong = (what: string) =>
    new HarnessError('FORMAT', {
      where: folder,
      what,
      hint: 'Download the encoder again, or save it with model2vec or sentence-transformers.',
    });
  const own = [...tensors.keys()].filter((name) => name === STATIC_TABLE || name.endsWith(`.${STATIC_TABLE}`));
  const names = [...own, ...(tensors.has(MODEL2VEC_TABLE) ? [MODEL2VEC_TABLE] : [])];
  const [name, other] = names;
  if (name === undefined) {
    throw wrong(
      `Its weights have no token table: neither "${STATIC_TABLE}" nor "${MODEL2VEC_TABLE}"; they begin ${[...tensors.keys()].slice(0, 3).join(', ')}.`,
    );
  }
  if (other !== undefined)
    throw wrong(`Its weights have two token tables, "${name}" and "${other}", and it is ambiguous which one is meant.`);
  const table = tensors.get(name)!;
  const [rows = 0, width = 0] = table.shape;
  if (table.shape.length !== 2 || rows === 0 || width === 0)
    throw wrong(`Its table "${name}" is [${table.shape.join(', ')}], expected [tokens, width].`);
  const parts = name === MODEL2VEC_TABLE ? { mapping: tensors.get(MAPPING), scales: tensors.get(SCALES) } : {};
  const rest = [...tensors].filter(([each]) => each !== name && (name !== MODEL2VEC_TABLE || (each !== MAPPING && each !== SCALES)));
  const { mapping, scales } = parts;
  if (clusters !== undefined && name === MODEL2VEC_TABLE && mapping === undefined) {
    throw wrong(
      `Its config.json says that tokens share ${clusters} vectors (vocabulary_quantization), and its weights have no "${MAPPING}" from tokens to vectors.`,
    );
  }
  for (const part of [mapping, scales]) {
    if (part !== undefined && part.shape.length !== 1) throw wrong(`Its "${part.name}" is [${part.shape.join(', ')}], expected [tokens].`);
  }
  const [tokens] = mapping?.shape ?? [rows];
  if (scales !== undefined && scales.shape[0] !== tokens)
    throw wrong(`It has ${tokens} tokens by its "${mapping?.name ?? name}", and ${scales.shape[0]} by its "${SCALES}".`);
  if (mapping === undefined && scales === undefined) return { tensors: new Map([[STATIC_TABLE, table], ...rest]), rows, width };
  const to = mapping === undefined ? undefined : await readFloats(mapping);
  const beyond = to?.find((row) => !(row >= 0 && row < rows && Number.isInteger(row)));
  if (beyond !== undefined) throw wrong(`Its "${MAPPING}" sends a token to row ${beyond}, and "${name}" has rows 0 to ${rows - 1}.`);
  const change = async (values: Float32Array): Promise<void> => {
    const vectors = await readFloats(table);
    const factors = scales === undefined ? undefined : await readFloats(scales);
    for (let token = 0, at = 0; token < tokens!; token++) {
      const from = (to?.[token] ?? token) * width;
      const factor = factors?.[token] ?? 1;
      for (let j = 0; j < width; j++, at++) values[at] = vectors[from + j]! * factor;
    }
  };
  // All rows are views of the first one: only one row is read before the change, which then overwrites every number.
  const folded: StoredTensor = { ...table, shape: [tokens!, width], strides: [0, 1], change };
  if (elements(folded.shape) > MOST) throw wrong(`Its table of [${folded.shape.join(', ')}] is too large.`);
  return { tensors: new Map([[STATIC_TABLE, folded], ...rest]), rows: tokens!, width };
}

/** Maximum numbers of a table that has to be in memory. */
const MOST = 2 ** 31;

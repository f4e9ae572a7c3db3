import { copyFile, link, mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { checkWeights } from '../graph/finite-weights.ts';
import { storeAsHalf } from '../graph/half.ts';
import { noteStates } from '../graph/hidden-states.ts';
import { quantiseEncoder } from '../graph/quantise-table.ts';
import type { OnnxModel } from '../graph/read.ts';
import { reweight } from '../graph/reweight.ts';
import { prune } from '../graph/topology.ts';
import type { BytesPlace } from '../graph/weight-bytes.ts';
import { writeModel } from '../graph/write.ts';
import { readFloats } from '../tensors/read-floats.ts';
import { readStoredTensors } from '../tensors/read-safetensors.ts';
import { elements } from '../tensors/stored-tensor.ts';
import { writeTensors } from '../tensors/tensor-file.ts';
import { WeightsFile } from '../tensors/weights-file.ts';
import { writeFolder, type FolderParams } from './export-folder.ts';
import { tasksOf } from './adapters/task-adapters.ts';
import { hasTasks, TASK_TRANSFORMER, withoutTasks } from './adapters/task-folder.ts';
import { buildEncoder, type BuiltEncoder } from './families/build.ts';
import type { Config } from './families/config.ts';
import type { FamilyOptions } from './families/family.ts';
import { readJsonObject } from './json-file.ts';
import { jsonLike } from './json-text.ts';
import { copyModules } from './module-folders.ts';
import { SENTENCE_CONFIGS } from './sentence-config.ts';
import { transformerFolder } from './sentence-modules.ts';
import { cutCounts } from './shared-layers.ts';
import { LAYER_KEYS } from './stated-layers.ts';
import { staticRules } from './static/static-folder.ts';
import { staticLimit } from './static/static-tokenizer.ts';
import { openTokenizer, tokenizerJson } from './tokenizers/open-tokenizer.ts';

export const EXPORT_DTYPES = ['fp32', 'fp16', 'q8'] as const;
export type ExportDtype = (typeof EXPORT_DTYPES)[number];

/** Path of the graph of each weight precision in transformers.js. */
const ONNX_FILES: Readonly<Record<ExportDtype, string>> = { fp32: 'model.onnx', fp16: 'model_fp16.onnx', q8: 'model_quantized.onnx' };

const FLOAT_BYTES = 4;

/** Weights of a trained encoder, next to its graph. */
export const TRAINED_WEIGHTS = 'model.safetensors';

/** Files copied unchanged. */
const SIDECARS = ['config.json', 'special_tokens_map.json', ...SENTENCE_CONFIGS, 'config_sentence_transformers.json', 'modules.json'];

export interface ExportParams extends FolderParams {
  readonly name: string;
  /** Folder of the checkpoint. */
  readonly folder: string;
  readonly dtype: ExportDtype;
  readonly firstLayers?: number | undefined;
  readonly options?: FamilyOptions | undefined;
  /**
   * Trained weights, replacing those of the checkpoint: a safetensors file of float32 with the graph's names, which is exported as
   * model.safetensors, unless the encoder is truncated in a way that config.json cannot express.
   */
  readonly weights?: string | undefined;
  /** Tensors of that file that do not belong to the encoder: they are not exported. */
  readonly without?: readonly string[] | undefined;
  /** Further text files, replacing others of the same name. */
  readonly notes?: readonly Note[] | undefined;
  readonly additions?: FolderAdditions | undefined;
  /** The graph reads pairs: it has the input token_type_ids, if the encoder uses token types. */
  readonly pairs?: boolean | undefined;
}

/** What a folder contains in addition to an encoder. */
export interface FolderAdditions {
  /** Adds outputs to the graph, given the names of the encoder's hidden states. Changes the model. */
  readonly graph?: ((model: OnnxModel, states: readonly string[]) => Promise<void>) | undefined;
  /** Writes files into the folder before it is renamed, after everything else. Returns their paths in it. */
  readonly files?: ((folder: string) => Promise<readonly string[]>) | undefined;
}

export interface Note {
  readonly name: string;
  readonly text: string;
}

export interface Exported {
  /** Paths in the folder. */
  readonly files: readonly string[];
  /** Weights of the checkpoint that the encoder does not use. */
  readonly unused: readonly string[];
  /** Human-readable notes on the checkpoint. */
  readonly notes: readonly string[];
}

/**
 * Writes a checkpoint as an ONNX folder that onnxruntime in any language and transformers.js can load: `onnx/model.onnx` (inputs input_ids
 * and attention_mask, output last_hidden_state), config.json, tokenizer.json and further files. fp32 and fp16 only use operators of the
 * ONNX standard; q8 has the runtime's MatMulNBits. The folder is written atomically. Throws OUTPUT if it cannot be written, and what
 * opening the encoder throws.
 */
export async function exportEncoder({
  name,
  folder,
  out,
  dtype,
  firstLayers,
  options,
  weights,
  without = [],
  overwrite,
  notes = [],
  additions,
  pairs,
}: ExportParams): Promise<Exported> {
  const inner = transformerFolder(folder);
  return writeFolder({ out, overwrite }, async (partial) => {
    const built = await buildEncoder({ folder: inner, form: 'standard', options, widen: dtype === 'fp32', pairs });
    await openTokenizer(inner, built.config.values); // reports errors before anything is written
    const model = cut(
      { ...built, model: weights === undefined ? built.model : reweight(built.model, trainedPlaces(weights)) },
      { name, firstLayers },
    );
    checkWeights(model, name);
    await mkdir(path.join(partial, 'onnx'));
    const written = stored(model, dtype);
    await additions?.graph?.(written, built.states.slice(0, firstLayers === undefined ? undefined : firstLayers + 1));
    const graphs = await writeModel(written, path.join(partial, 'onnx', ONNX_FILES[dtype]));
    const beside = await writeSidecars(folder, partial, {
      layers: firstLayers,
      config: built.config.values,
      trained: weights !== undefined,
    });
    if (weights !== undefined && !isBeyondConfig(built, firstLayers)) {
      await writeWeights(weights, path.join(partial, TRAINED_WEIGHTS), without);
      beside.push(TRAINED_WEIGHTS);
    }
    for (const note of notes) await writeFile(path.join(partial, note.name), note.text);
    beside.push(...((await additions?.files?.(partial)) ?? []));
    return {
      files: [...graphs.map((file) => path.posix.join('onnx', file)), ...beside],
      unused: built.unused,
      notes: [...built.notes, ...merging(built), ...forBrowsers(built.config)],
    };
  });
}

/** The weights as the folder's own file; `without`: tensors of an objective, which loaders of the encoder do not know. */
async function writeWeights(weights: string, file: string, without: readonly string[]): Promise<void> {
  const tensors = WeightsFile.use(weights, readStoredTensors);
  const kept = tensors.filter(({ name }) => !without.includes(name));
  if (kept.length === tensors.length) return link(weights, file).catch(() => copyFile(weights, file));
  const read = [];
  for (const tensor of kept) read.push({ name: tensor.name, dims: tensor.shape, data: await readFloats(tensor) });
  await writeTensors(file, read);
}

/** Whether a truncated encoder cannot be expressed as a checkpoint: whoever builds it from config.json would normalise its last state. */
function isBeyondConfig({ lastNorm, states }: BuiltEncoder, firstLayers: number | undefined): boolean {
  return lastNorm && firstLayers !== undefined && firstLayers < states.length - 1;
}

/** For these types transformers.js also looks for a decoder, unless told that there is none. */
const WITH_DECODER: ReadonlySet<string> = new Set(['t5', 'mt5']);

function forBrowsers({ modelType }: Config): readonly string[] {
  return WITH_DECODER.has(modelType)
    ? [`transformers.js: PreTrainedModel.from_pretrained opens it; AutoModel would look for the decoder of ${modelType}.`]
    : [];
}

/** Note on task adapters: the exported encoder has none. */
function merging({ config, attention }: BuiltEncoder): readonly string[] {
  const [, merged] = /^task:(.+)/.exec(attention) ?? [];
  if (merged !== undefined) return [`Merged in: the adapter of task ${merged}. Dropped: those of other tasks.`];
  const tasks = tasksOf(config);
  return tasks.length === 0 ? [] : [`Dropped: its adapters for ${tasks.length} tasks.`];
}

/** Locations of the weights of a trained encoder, by their names in the graph. */
export function trainedPlaces(weights: string): Map<string, BytesPlace> {
  return new Map(
    WeightsFile.use(weights, readStoredTensors).map(({ name, file, offset, shape }) => [
      name,
      { file, offset, length: FLOAT_BYTES * elements(shape) },
    ]),
  );
}

function stored(model: OnnxModel, dtype: ExportDtype): OnnxModel {
  switch (dtype) {
    case 'fp32':
      return model;
    case 'fp16':
      return storeAsHalf(model);
    case 'q8':
      return quantiseEncoder(model);
    default:
      return dtype satisfies never;
  }
}

/** The graph up to a layer, whose output becomes the last hidden state. Throws OPTION for a layer that does not exist. */
function cut(
  { model, states }: BuiltEncoder,
  { name, firstLayers = states.length - 1 }: { name: string; firstLayers?: number | undefined },
): OnnxModel {
  const kept = states.slice(0, firstLayers + 1);
  const layers = states.length - 1;
  if ((firstLayers < 1 && layers > 0) || firstLayers > layers) {
    throw new HarnessError('OPTION', {
      where: name,
      what: `No layer ${firstLayers}.`,
      hint: layers === 0 ? 'It is a static encoder without layers.' : `It has layers 1 to ${layers}.`,
    });
  }
  const { graph } = model.proto;
  const [last] = graph!.output;
  const identity = graph!.node.find(({ output }) => output[0] === last!.name)!;
  identity.input = [kept.at(-1)!];
  graph!.output = [last!];
  // Callers pass both inputs, whether the graph uses the mask or not.
  const inputs = graph!.input;
  prune(graph!, kept);
  graph!.input = inputs;
  noteStates(model.proto, kept);
  return model;
}

interface SidecarParams {
  /** Of a truncated encoder. */
  readonly layers: number | undefined;
  /** Content of config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The exported weights are float32, whatever those of the checkpoint are. */
  readonly trained: boolean;
}

/** Files next to the graph. All files of the transformer are in the folder itself, wherever the checkpoint has them. */
async function writeSidecars(folder: string, to: string, { layers, config, trained }: SidecarParams): Promise<string[]> {
  const inner = transformerFolder(folder);
  const names: string[] = [];
  for (const file of SIDECARS) {
    const from = [inner, folder].map((each) => path.join(each, file)).find(existsSync);
    if (from === undefined) continue;
    await copyFile(from, path.join(to, file));
    names.push(file);
  }
  const isStatic = staticRules(inner) !== undefined;
  if (isStatic) names.push(...(await writeStaticConfig(to, config, names)));
  const merged = hasTasks(inner);
  const values = names.includes('config.json') ? await readJsonObject(path.join(to, 'config.json')) : undefined;
  const widened = trained && values !== undefined && DTYPE_KEYS.some((key) => values[key] !== undefined);
  if (values !== undefined && (layers !== undefined || merged || widened)) {
    const kept = { ...(merged ? withoutTasks(values) : values), ...(widened ? inFloat32(values) : {}) };
    const file = path.join(to, 'config.json');
    const before = await readFile(file, 'utf8');
    await writeFile(file, layers === undefined ? jsonLike(kept, before) : jsonLike(JSON.parse(withLayers(kept, layers)), before));
  }
  const isOther = inner !== folder || (merged && names.includes('modules.json'));
  if (isOther)
    await writeFile(path.join(to, 'modules.json'), atHome(await readFile(path.join(folder, 'modules.json'), 'utf8'), { merged }));
  const tokenizer = await exportedTokenizer(folder);
  await writeFile(path.join(to, 'tokenizer.json'), tokenizer.json);
  await writeFile(path.join(to, 'tokenizer_config.json'), tokenizer.config);
  names.push(...(await copyModules(folder, to)));
  return [...names, 'tokenizer.json', 'tokenizer_config.json'];
}

/** tokenizer.json and tokenizer_config.json as exported. Throws as `openTokenizer` does. */
export async function exportedTokenizer(folder: string): Promise<{ readonly json: string; readonly config: string }> {
  const inner = transformerFolder(folder);
  const isStatic = staticRules(inner) !== undefined;
  return { json: await tokenizerJson(inner), config: isStatic ? await staticTokenizerConfig(inner) : await tokenizerConfig(inner) };
}

/** config.json of a static encoder, which may have none: loaders of ONNX files require it. Returns its name if it is new. */
async function writeStaticConfig(to: string, config: Readonly<Record<string, unknown>>, names: readonly string[]): Promise<string[]> {
  await writeFile(path.join(to, 'config.json'), `${JSON.stringify({ architectures: ['StaticModel'], ...config }, undefined, 2)}\n`);
  return names.includes('config.json') ? [] : ['config.json'];
}

/** tokenizer_config.json of a static encoder: its limit, or none, and nothing that would add tokens around a text. */
async function staticTokenizerConfig(folder: string): Promise<string> {
  const { padToken } = await openTokenizer(folder);
  const limit = await staticLimit(folder, staticRules(folder)!);
  const values = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: limit === Infinity ? NO_LENGTH : limit,
    ...(padToken !== undefined && { pad_token: padToken }),
  };
  return `${JSON.stringify(values, undefined, 2)}\n`;
}

/** transformers' value for no truncation. */
const NO_LENGTH = 1e30;

/** modules.json with the transformer, its first module, in the folder itself; after merging, one that took a task no longer does. */
function atHome(modules: string, { merged }: { merged: boolean }): string {
  const [{ kwargs, ...first }, ...others] = JSON.parse(modules) as [{ readonly kwargs?: unknown; readonly type?: unknown }, ...object[]];
  const plain = merged && first.type === TASK_TRANSFORMER;
  const type = plain ? 'sentence_transformers.models.Transformer' : first.type;
  return jsonText([{ ...first, ...(kwargs !== undefined && !plain && { kwargs }), type, path: '' }, ...others]);
}

/** Fields of config.json for the precision of the weights: Python loaders round to it. */
const DTYPE_KEYS = ['dtype', 'torch_dtype'];

function inFloat32(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(DTYPE_KEYS.filter((key) => values[key] !== undefined).map((key) => [key, 'float32']));
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/**
 * tokenizer_config.json with the special tokens by name: transformers.js has no default tokens like Python's classes. How a token is
 * matched (`lstrip` and so on) is in tokenizer.json; here only its text.
 */
async function tokenizerConfig(folder: string): Promise<string> {
  const [config = {}, map = {}] = await Promise.all(
    ['tokenizer_config.json', 'special_tokens_map.json'].map((file) => readJsonObject(path.join(folder, file))),
  );
  const { padToken } = await openTokenizer(folder);
  const named = Object.entries({
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...(padToken !== undefined && { pad_token: padToken }),
    ...map,
    ...config,
  });
  return `${JSON.stringify(Object.fromEntries(named.map(([key, value]) => [key, key.endsWith('_token') ? tokenText(value) : value])), undefined, 2)}\n`;
}

/** A token is its text, or an object with the text as `content`. */
function tokenText(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'content' in value && typeof value.content === 'string' ? value.content : value;
}

/** config.json of a truncated encoder, as text. Per-layer lists are shortened, too. */
export function withLayers(values: Readonly<Record<string, unknown>>, layers: number): string {
  const key = LAYER_KEYS.find((each) => values[each] !== undefined) ?? 'num_hidden_layers';
  const lists = Object.fromEntries(
    LAYER_LISTS.flatMap((name) => (Array.isArray(values[name]) ? [[name, (values[name] as unknown[]).slice(0, layers)]] : [])),
  );
  return `${JSON.stringify({ ...values, ...cutCounts(values, { key, layers }), ...lists }, undefined, 2)}\n`;
}

/** Fields of config.json with one value per layer. */
const LAYER_LISTS = ['attention_window', 'layer_types'];

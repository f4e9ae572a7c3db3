import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defaultPooling } from '../embed/default-pooling.ts';
import { loadVectors, tooFewNumbers } from '../embed/cut.ts';
import { embed as embedTexts } from '../embed/embed.ts';
import { noPooling, poolingsLeftOut } from '../embed/static-poolings.ts';
import { VectorStore } from '../embed/store.ts';
import {
  LAYER_MEANS,
  POOLINGS,
  pooledVectors,
  type LayerChoice,
  type LayerMean,
  type PooledVector,
  type Pooling,
} from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { DEFAULT_OPTIONS, GLOBAL_ATTENTIONS, RANDOM_BLOCKS } from '../encoders/families/family.ts';
import { promptChoice, promptColumn } from '../encoders/prompts.ts';
import { HarnessError, shown } from '../errors.ts';
import { decideDevice } from '../experiment/device/decide-device.ts';
import { defaultCacheDir, vectorFolder } from '../home.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { ownEncoder, registryEncoder, type EncoderRef } from '../opening/encoder-ref.ts';
import { openEncoderRef } from '../opening/open.ts';
import { loadModels } from '../registry/models.ts';
import { lookUp } from '../registry/load.ts';
import { DTYPES } from '../sources/encoder-files.ts';
import { openSources } from '../sources/sources.ts';
import { withApiNames, renamed } from './option-names.ts';
import { checkChoice, checkList, checkNames, checkText, checkTexts, checkWhole } from './check.ts';
import { checkDeviceWord } from './device.ts';

// Types are spelled out here, so that a program that imports them does not load the types of the rooms and their dependencies.

export interface EmbedOptions {
  /**
   * `hf:org/name` or `hf:org/name@revision`: a hub repository. A registry key, an alias or `KEY@N`: as listed by `bench models`. Otherwise
   * a folder or an ONNX file; write `./name` if its name is also a registry key. `NAME=` before a folder or hub repository sets the
   * encoder's name in the result.
   */
  readonly model: string;
  /** [n]; duplicates are encoded once. */
  readonly texts: readonly string[];
  /**
   * How token vectors become one text vector. Default: `['as-published']` if the encoder has a modules.json, else `['mean']`; the result
   * says which was used.
   */
  readonly poolings?: readonly Pooling[] | undefined;
  /** For single-layer poolings: last (default), all, or layer numbers; 0 is the embedding output. */
  readonly layers?: LayerChoice | undefined;
  /** Layers of `layermean` and `cls-layermean`. Default: `['0..L']`, all layers with the embedding output. */
  readonly layerMeans?: readonly LayerMean[] | undefined;
  /** Maximum length in tokens, special tokens included; longer texts are truncated. Default: the limit in the encoder's files. */
  readonly maxLength?: number | undefined;
  /**
   * Prompt put before every text: the name of one of the encoder's prompts, literal text (anything with a blank or a colon; `text:…` for
   * other text), or `none`. Default: the prompt that the encoder's folder declares as its default, if any.
   */
  readonly prompt?: string | undefined;
  /**
   * Truncate each vector to its first N dimensions (Matryoshka), normalised to length 1 again if the full vectors are. Default: all
   * dimensions.
   */
  readonly dim?: number | undefined;
  /** Truncates the encoder after this layer, counted from 1. */
  readonly firstLayers?: number | undefined;
  /** Weight precision. Default: the first available. */
  readonly dtype?: 'fp32' | 'fp16' | 'q8' | 'q4' | undefined;
  /** Longformer checkpoints: tokens with global attention. Default: none. */
  readonly globalAttention?: 'none' | 'first' | undefined;
  /** BigBird checkpoints: the random attention blocks. Default: zero. */
  readonly randomBlocks?: 'zero' | 'published' | undefined;
  /** Checkpoints with an adapter per task (jina-embeddings-v3): the task whose adapter is merged in; default: none. */
  readonly adapterTask?: string | undefined;
  /**
   * `cpu`, `webgpu`, `cuda`, `cuda:N` (card N, 0 to 15), `dml`, `coreml`, or `auto`: a card, if it is at least twice as fast. Vectors of
   * another device differ in the last digits, and are stored apart. Default: cpu.
   */
  readonly device?: string | undefined;
  /** Default: one per core. Affects speed only, never a vector. */
  readonly threads?: number | undefined;
  /** Folder for downloads and vectors. Default: EMBEDDING_BENCH_CACHE, else the system's cache folder. */
  readonly cache?: string | undefined;
  /** Never use the network. */
  readonly offline?: boolean | undefined;
  /** Folders searched by hash before any download. */
  readonly mirrors?: readonly string[] | undefined;
  /** Registry of encoders to use instead of the package's own. */
  readonly modelsFile?: string | undefined;
  /** Called as texts are encoded: `done` of `total` distinct texts, `tokens` encoded so far. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number; readonly tokens: number }) => void) | undefined;
}

/** Vectors [n, d] of one pooling in float32, row-major; row i belongs to `texts[i]`: component j of text i is `data[i * cols + j]`. */
export interface PooledMatrix extends Matrix {
  readonly pooling: Pooling;
  /** `last`, a layer number, `0..L`, `1..L`, `last4`. */
  readonly layers: string;
}

/** Identifies the encoder that produced the vectors, as in a result row. */
export interface EmbeddingEncoder {
  /** The name given, else registry key, hub repository or folder name; with `@N` if truncated to N layers. */
  readonly name: string;
  /** Commit or `package@version`; empty for a local folder. */
  readonly revision: string;
  /** sha256 over graph and weights. */
  readonly fileHash: string;
  /** Precision that the weights are stored in. */
  readonly dtype: string;
  /** What it ran on. */
  readonly device: string;
  /** Maximum length in tokens, special tokens included. */
  readonly maxLength: number;
  /** Number of layers; of a truncated encoder, those kept. */
  readonly depth: number;
  /** Prompt put before every text: its name, or literal text in quotes; empty for none. */
  readonly prompt: string;
}

export interface Embeddings {
  readonly encoder: EmbeddingEncoder;
  /** In the order of `poolings`, and within each in the order of `layers`. */
  readonly vectors: readonly PooledMatrix[];
  /** Number of texts truncated at the length limit. */
  readonly cut: number;
}

/**
 * Text vectors of a frozen encoder: one forward pass for all poolings and layers. Vectors are kept in the cache folder, so a second call
 * encodes no text again; a vector is bit-identical whatever other texts are encoded with it.
 *
 * Throws HarnessError: UNKNOWN_NAME or OPTION for an unknown encoder, pooling or layer; SOURCE, OFFLINE or CHECKSUM if no source has the
 * files; FORMAT, GRAPH or TOKENIZER if the files are not a usable encoder. Messages use the option names of the API.
 */
export async function embed(options: EmbedOptions): Promise<Embeddings> {
  return withApiNames(() => embedAll(options), API_NAMES);
}

/**
 * Other rooms name options with several values in the singular. Encoders of every kind, registry keys included, are the option `model`
 * here.
 */
const API_NAMES = { encoders: 'model', pooling: 'poolings', layerMean: 'layerMeans', mirror: 'mirrors', prompts: 'prompt' };

async function embedAll(options: EmbedOptions): Promise<Embeddings> {
  check(options);
  const { texts, dim, threads = availableParallelism(), cache = defaultCacheDir(), onProgress } = options;
  const encoder = await open(options, cache);
  for (const note of encoder.notes) process.emitWarning(renamed(`${encoder.name}: ${note}`, API_NAMES));
  const vectors = vectorsOf(encoder, options);
  const short = vectors.map((vector) => tooFewNumbers(encoder)({ ...vector, dim })).find((error) => error !== undefined);
  if (short !== undefined) throw short;
  const store = new VectorStore(vectorFolder(cache), (line) => process.emitWarning(renamed(line, API_NAMES)));
  const embedded = await embedTexts({ encoder, texts, specs: vectors.map(({ spec }) => spec), store, threads, onProgress });
  const matrices: PooledMatrix[] = [];
  for (const vector of vectors) {
    const { pooling, layers } = vector;
    matrices.push({ pooling, layers, ...(await loadVectors(embedded, { ...vector, dim, encoder: encoder.name })) });
  }
  const { name, revision, fileHash, dtype, device, maxLength, depth } = encoder;
  const prompt = promptColumn(encoder.prompt);
  return { encoder: { name, revision, fileHash, dtype, device, maxLength, depth, prompt }, vectors: matrices, cut: embedded.cut };
}

const NAMES = [
  'model',
  'texts',
  'poolings',
  'layers',
  'layerMeans',
  'prompt',
  'dim',
  'maxLength',
  'firstLayers',
  'dtype',
  'globalAttention',
  'randomBlocks',
  'adapterTask',
  'device',
  'threads',
  'cache',
  'offline',
  'mirrors',
  'modelsFile',
  'onProgress',
] as const satisfies readonly (keyof EmbedOptions)[];

function check(options: EmbedOptions): void {
  checkNames(options, NAMES);
  const {
    model,
    texts,
    poolings = [],
    layers,
    layerMeans = [],
    prompt,
    dim,
    maxLength,
    firstLayers,
    dtype,
    threads,
    globalAttention,
    randomBlocks,
    adapterTask,
    device = 'cpu',
    cache,
    offline,
    mirrors = [],
    modelsFile,
    onProgress,
  } = options;
  checkDeviceWord(device);
  for (const [name, list] of Object.entries({ poolings, layerMeans, mirrors })) checkList(name, list);
  if (typeof layers !== 'string') checkList('layers', layers);
  for (const [name, value] of Object.entries({ prompt, cache, modelsFile, adapterTask })) checkText(name, value);
  for (const [at, folder] of mirrors.entries()) checkText(`mirrors[${at}]`, folder);
  if (offline !== undefined && typeof offline !== 'boolean') {
    throw new HarnessError('OPTION', { where: 'offline', what: `It takes true or false, got ${shown(offline)}.` });
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new HarnessError('OPTION', { where: 'onProgress', what: `It takes a function, got ${shown(onProgress)}.` });
  }
  if (typeof model !== 'string')
    throw new HarnessError('OPTION', { where: 'model', what: 'It takes a folder, hf:org/name or a registry key.' });
  checkTexts('texts', texts);
  for (const pooling of poolings) checkChoice('poolings', pooling, POOLINGS);
  for (const mean of layerMeans) checkChoice('layerMeans', mean, LAYER_MEANS);
  if (typeof layers === 'string') checkChoice('layers', layers, ['last', 'all']);
  else for (const layer of layers ?? []) checkWhole('layers', layer, 0);
  checkWhole('dim', dim, 1);
  checkWhole('maxLength', maxLength, 3);
  checkWhole('firstLayers', firstLayers, 1);
  checkWhole('threads', threads, 1);
  if (dtype !== undefined) checkChoice('dtype', dtype, DTYPES);
  if (globalAttention !== undefined) checkChoice('globalAttention', globalAttention, GLOBAL_ATTENTIONS);
  if (randomBlocks !== undefined) checkChoice('randomBlocks', randomBlocks, RANDOM_BLOCKS);
}

async function open(options: EmbedOptions, cacheDir: string): Promise<Encoder> {
  const { offline = false, mirrors = [], dtype, maxLength, prompt } = options;
  const {
    globalAttention = DEFAULT_OPTIONS.globalAttention,
    randomBlocks = DEFAULT_OPTIONS.randomBlocks,
    adapterTask: task = DEFAULT_OPTIONS.task,
  } = options;
  const { device } = await decideDevice({ word: options.device ?? 'cpu' });
  const sources = openSources({ cacheDir, offline, mirrors, onNote: (note) => process.emitWarning(renamed(note, API_NAMES)) });
  return openEncoderRef({
    ref: encoderRefOf(options),
    sources,
    dtype,
    maxLength,
    options: { globalAttention, randomBlocks, task },
    prompt: prompt === undefined ? undefined : promptChoice(prompt),
    device,
  });
}

/** A registry key takes precedence over a folder of the same name in the working directory. */
function encoderRefOf({ model, modelsFile, firstLayers, dtype }: EmbedOptions): EncoderRef {
  const models = loadModels(modelsFile);
  const known = lookUp(models, model.replace(/@[^@]*$/, '')) !== undefined;
  if (!known && (/^hf:|[/\\=]/.test(model) || existsSync(model))) return ownEncoder({ value: model, firstLayers, dtype });
  const choice = registryEncoder(models, firstLayers === undefined ? model : `${model}@${firstLayers}`);
  if (choice.entry.concat === true)
    throw new HarnessError('OPTION', {
      where: 'model',
      what: `${choice.entry.key} is a concatenation, not a single encoder.`,
      hint: 'Embed with each encoder, and concatenate the vectors.',
    });
  return choice;
}

function vectorsOf(
  { name, depth, published }: Encoder,
  { poolings = [defaultPooling({ published })], layers = 'last', layerMeans = ['0..L'] }: EmbedOptions,
): PooledVector[] {
  if (poolings.includes('as-published') && 'reason' in published)
    throw new HarnessError('OPTION', { where: 'poolings', what: published.reason });
  const leftOut = poolingsLeftOut(poolings, { depth });
  if (leftOut !== undefined) throw noPooling(name, leftOut);
  return pooledVectors({
    poolings: [...new Set(poolings)],
    layers,
    layerMeans,
    depth,
    published: 'steps' in published ? published : undefined,
    encoder: name,
  });
}

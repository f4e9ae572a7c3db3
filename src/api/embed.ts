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
import { defaultCacheDir, vectorFolder } from '../home.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { ownEncoder, registryEncoder, type EncoderRef } from '../opening/encoder-ref.ts';
import { openEncoderRef } from '../opening/open.ts';
import { loadModels } from '../registry/models.ts';
import { lookUp } from '../registry/load.ts';
import { DTYPES } from '../sources/encoder-files.ts';
import { openSources } from '../sources/sources.ts';
import { calledHere, renamed } from './called.ts';
import { checkChoice, checkList, checkNames, checkText, checkTexts, checkWhole } from './check.ts';

// Types are spelled out here, so that those of a program that imports them do not lead into the rooms and their dependencies.

export interface EmbedOptions {
  /**
   * `hf:org/name` or `hf:org/name@revision`: a hub repository. A registry key, an alias or `KEY@N`: what `bench models`
   * lists. Otherwise a folder, or an ONNX file, of your own; write `./name` for one that is called as a registry key is.
   * `NAME=` before a folder or hub repository is the encoder's name in what comes back.
   */
  readonly model: string;
  /** [n]; equal ones are run once. */
  readonly texts: readonly string[];
  /**
   * How the tokens of a text become its vector. Left out: `['as-published']` where the encoder has a modules.json, else `['mean']`; which
   * of them it was stands in what comes back.
   */
  readonly poolings?: readonly Pooling[] | undefined;
  /** For poolings of a single layer: last (default), all, or numbers, 0 being the embedding output. */
  readonly layers?: LayerChoice | undefined;
  /** Layers of `layermean` and `cls-layermean`; `['0..L']`, all with the embedding output, where left out. */
  readonly layerMeans?: readonly LayerMean[] | undefined;
  /** Tokens, special ones included, after which a text is cut; what the encoder's files say where left out. */
  readonly maxLength?: number | undefined;
  /**
   * What is put before every text: the name of one of the encoder's prompts, a text (anything with a blank or a colon; `text:…` for
   * others), or `none`. Where left out, the prompt that the encoder's folder names as its default, if any.
   */
  readonly prompt?: string | undefined;
  /**
   * Keep so many of the first numbers of each vector (Matryoshka), scaled to length 1 again where whole vectors are; all where left out.
   */
  readonly dim?: number | undefined;
  /** Cuts the encoder after this layer, from 1. */
  readonly firstLayers?: number | undefined;
  /** Number type of the weights; the first that is there where left out. */
  readonly dtype?: 'fp32' | 'fp16' | 'q8' | 'q4' | undefined;
  /** Longformer checkpoints: which tokens see, and are seen by, all; none where left out. */
  readonly globalAttention?: 'none' | 'first' | undefined;
  /** BigBird checkpoints: the random blocks that tokens see; zero where left out. */
  readonly randomBlocks?: 'zero' | 'published' | undefined;
  /** Checkpoints with an adapter per task (jina-embeddings-v3): the task whose adapter is merged in; default: none. */
  readonly adapterTask?: string | undefined;
  /** One a core where left out. They change the time, never a vector. */
  readonly threads?: number | undefined;
  /** Folder of downloads and vectors; EMBEDDING_BENCH_CACHE, else the system's folder for caches, where left out. */
  readonly cache?: string | undefined;
  /** Never touch the network. */
  readonly offline?: boolean | undefined;
  /** Folders that are searched by hash before any download. */
  readonly mirrors?: readonly string[] | undefined;
  /** A registry of encoders in place of the package's own. */
  readonly modelsFile?: string | undefined;
  /** Called as texts get their vectors: `done` of `total` different ones, `tokens` run so far. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number; readonly tokens: number }) => void) | undefined;
}

/** Vectors [n, d] of one pooling, row i that of `texts[i]`, in float32, row-major: number j of text i is `data[i * cols + j]`. */
export interface PooledMatrix extends Matrix {
  readonly pooling: Pooling;
  /** `last`, a layer's number, `0..L`, `1..L`, `last4`. */
  readonly layers: string;
}

/** Which encoder made the vectors: what a result row says of it. */
export interface EmbeddingEncoder {
  /** The name that was given, else registry key, hub repository or name of the folder; with `@N` where it is cut. */
  readonly name: string;
  /** Commit, `package@version`; empty for a folder of your own. */
  readonly revision: string;
  /** sha256 over graph and weights. */
  readonly fileHash: string;
  /** Number type that the weights are stored in. */
  readonly dtype: string;
  /** Tokens, special ones included, after which texts are cut. */
  readonly maxLength: number;
  /** Layers; those before the cut, where it is cut. */
  readonly depth: number;
  /** What was put before every text: a prompt's name, or a text of your own, in quotes; empty for nothing. */
  readonly prompt: string;
}

export interface Embeddings {
  readonly encoder: EmbeddingEncoder;
  /** In the order of `poolings`; of each, in the order of `layers`. */
  readonly vectors: readonly PooledMatrix[];
  /** Texts that are longer than the limit, and were cut. */
  readonly cut: number;
}

/**
 * Vectors of texts by a frozen encoder: one forward pass for all poolings and layers. They are kept in the cache folder,
 * so that a second call runs no text again; a vector is the same to the last bit whatever texts stand beside it.
 *
 * Throws HarnessError: UNKNOWN_NAME or OPTION for an encoder, pooling or layer that is not there; SOURCE, OFFLINE or
 * CHECKSUM for files that no source gives; FORMAT, GRAPH or TOKENIZER for files that are no encoder. Messages name
 * options as they are called here.
 */
export async function embed(options: EmbedOptions): Promise<Embeddings> {
  return calledHere(() => embedAll(options), CALLED);
}

/** Rooms call options of several values in the singular. Encoders of all kinds, registry keys too, are the option `model` here. */
const CALLED = { encoders: 'model', pooling: 'poolings', layerMean: 'layerMeans', mirror: 'mirrors', prompts: 'prompt' };

async function embedAll(options: EmbedOptions): Promise<Embeddings> {
  check(options);
  const { texts, dim, threads = availableParallelism(), cache = defaultCacheDir(), onProgress } = options;
  const encoder = await open(options, cache);
  for (const note of encoder.notes) process.emitWarning(renamed(`${encoder.name}: ${note}`, CALLED));
  const vectors = vectorsOf(encoder, options);
  const short = vectors.map((vector) => tooFewNumbers(encoder)({ ...vector, dim })).find((error) => error !== undefined);
  if (short !== undefined) throw short;
  const store = new VectorStore(vectorFolder(cache), (line) => process.emitWarning(renamed(line, CALLED)));
  const embedded = await embedTexts({ encoder, texts, specs: vectors.map(({ spec }) => spec), store, threads, onProgress });
  const matrices: PooledMatrix[] = [];
  for (const vector of vectors) {
    const { pooling, layers } = vector;
    matrices.push({ pooling, layers, ...(await loadVectors(embedded, { ...vector, dim, encoder: encoder.name })) });
  }
  const { name, revision, fileHash, dtype, maxLength, depth } = encoder;
  const prompt = promptColumn(encoder.prompt);
  return { encoder: { name, revision, fileHash, dtype, maxLength, depth, prompt }, vectors: matrices, cut: embedded.cut };
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
    cache,
    offline,
    mirrors = [],
    modelsFile,
    onProgress,
  } = options;
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

function open(options: EmbedOptions, cacheDir: string): Promise<Encoder> {
  const { offline = false, mirrors = [], dtype, maxLength, prompt } = options;
  const {
    globalAttention = DEFAULT_OPTIONS.globalAttention,
    randomBlocks = DEFAULT_OPTIONS.randomBlocks,
    adapterTask: task = DEFAULT_OPTIONS.task,
  } = options;
  const sources = openSources({ cacheDir, offline, mirrors, onNote: (note) => process.emitWarning(renamed(note, CALLED)) });
  return openEncoderRef({
    ref: encoderRefOf(options),
    sources,
    dtype,
    maxLength,
    options: { globalAttention, randomBlocks, task },
    prompt: prompt === undefined ? undefined : promptChoice(prompt),
  });
}

/** A registry key is one even where a folder of that name happens to lie here. */
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

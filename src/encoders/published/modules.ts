import { createHash } from 'node:crypto';
import path from 'node:path';
import { HarnessError, shown } from '../../errors.ts';
import { own } from '../../own.ts';
import { readJson, readJsonObject } from '../json-file.ts';
import { hasTasks, TASK_TRANSFORMER } from '../adapters/task-folder.ts';
import { readSentenceTransformersConfig } from '../sentence-transformers-config.ts';
import { sentenceModules, transformerFolder, type SentenceModule } from '../sentence-modules.ts';
import { readStaticConfig } from '../static/static-config.ts';
import { staticRules } from '../static/static-folder.ts';
import { denseStep, type DenseStep } from './dense.ts';
import { layerNormStep, type LayerNormStep } from './layer-norm.ts';
import { modulePooling, type ModulePooling } from './pooling.ts';
import { moduleFolder, refusal, refuseOtherVectors } from './refusal.ts';
import { refuseOtherTasks } from './transformer-task.ts';

/** Normalised to length 1. */
export interface NormalizeStep {
  readonly kind: 'normalize';
}

/** Operation of a module after the pooling on a text's vector. */
export type PublishedStep = DenseStep | LayerNormStep | NormalizeStep;

/** How a published sentence encoder turns token vectors into one vector: its modules.json as a plain value, with weights in their files. */
export interface PublishedModules extends ModulePooling {
  /** Operations on the pooled vector, in order. */
  readonly steps: readonly PublishedStep[];
  /** Dimensions kept at the end; undefined for all. */
  readonly truncateDim: number | undefined;
  /** sha256 over poolings, steps and their weights, in hex, without the final truncation. */
  readonly hash: string;
}

/** The reason. */
export interface NoPublishedModules {
  readonly reason: string;
  /** The encoder has no modules.json, which is not an error. */
  readonly absent?: true | undefined;
}

export interface ModulesParams {
  /** With modules.json. */
  readonly folder: string;
  /** Dimensions of a token's vector, if known. */
  readonly width?: number | undefined;
  /** sha256 of a file in hex. */
  readonly sha256: (file: string) => Promise<string>;
}

/** The modules of a sentence-transformers folder, or why they are not usable: that affects one row of a table, not a run. */
export async function publishedModules(params: ModulesParams): Promise<PublishedModules | NoPublishedModules> {
  const file = path.join(params.folder, 'modules.json');
  try {
    const modules = await readJson(file);
    if (modules !== undefined) return await readModules(modules, file, params);
    if (staticRules(params.folder) === 'model2vec') return await model2vecModules(params.folder);
    return { reason: refusal(file, 'The encoder was published without a pooling: no such file.').message, absent: true };
  } catch (error) {
    if (error instanceof HarnessError) return { reason: error.message };
    throw error;
  }
}

/** Whether they are a single pooling, possibly normalised to length 1: equivalent to a standard pooling. */
export function isPlain({ poolings, steps, truncateDim }: PublishedModules): boolean {
  const [first, ...others] = steps;
  return (
    poolings.length === 1 &&
    poolings[0] !== 'mean-sqrt' &&
    truncateDim === undefined &&
    (first?.kind ?? 'normalize') === 'normalize' &&
    others.length === 0
  );
}

/**
 * A transformer and its pooling, or a table of static embeddings, whose mean is implied; then steps. Throws FORMAT if the list contains
 * anything unsupported, SOURCE if weights are missing.
 */
async function readModules(json: unknown, file: string, { folder, width, sha256 }: ModulesParams): Promise<PublishedModules> {
  const listed = sentenceModules(json);
  if (listed === undefined) throw refusal(file, 'It is not a list of modules.');
  const takesTasks = hasTasks(transformerFolder(folder));
  const modules = listed.map((module) => (takesTasks && module.kind === TASK_TRANSFORMER ? { ...module, kind: 'Transformer' } : module));
  const twice = modules.find(({ name }, i) => name !== undefined && modules.findIndex((other) => other.name === name) < i);
  if (twice !== undefined) throw refusal(file, `Two of its modules are named ${shown(twice.name)}: the reference would run only one.`);
  const [first, ...others] = modules;
  const isStatic = first?.kind === 'StaticEmbedding';
  if (!isStatic && first?.kind !== 'Transformer') throw unknownModules(file, modules);
  const [pooling, behind] = isStatic ? [undefined, others] : [others[0], others.slice(1)];
  if (!isStatic && pooling?.kind !== 'Pooling') throw unknownModules(file, modules);
  const readers = behind.flatMap(({ kind }) => own(STEPS, kind) ?? []);
  if (readers.length < behind.length) throw unknownModules(file, modules);
  if (!isStatic) await refuseOtherTasks(transformerFolder(folder));
  const truncateDim = await keptOf(folder);
  const { poolings, includePrompt } = pooling === undefined ? MEAN : await modulePooling(folder, pooling.at);
  const found = [];
  for (const [i, { at }] of behind.entries()) found.push(await readers[i]!(folder, at));
  const steps = found.flatMap(({ step }) => step ?? []);
  checkWidths(steps, { file, width: width === undefined ? undefined : width * poolings.length });
  const weights: string[] = [];
  for (const each of found.flatMap(({ files }) => files)) weights.push(await sha256(each));
  return { poolings, includePrompt, steps, truncateDim, hash: hashOf({ poolings, includePrompt, steps }, weights) };
}

/** Pooling of a table of static embeddings. */
const MEAN: ModulePooling = { poolings: ['mean'], includePrompt: true };

/** Of a model2vec folder, whose config.json determines whether vectors are normalised to length 1. Throws FORMAT. */
async function model2vecModules(folder: string): Promise<PublishedModules> {
  const { normalize } = await readStaticConfig(folder);
  const steps: readonly PublishedStep[] = normalize ? [{ kind: 'normalize' }] : [];
  return { ...MEAN, steps, truncateDim: undefined, hash: hashOf({ ...MEAN, steps }, []) };
}

interface FoundStep {
  /** undefined if it is the identity outside training. */
  readonly step: PublishedStep | undefined;
  readonly files: readonly string[];
}

/** Modules supported after the pooling, by class. */
const STEPS: Readonly<Record<string, (folder: string, at: string) => Promise<FoundStep>>> = {
  Dense: denseStep,
  LayerNorm: layerNormStep,
  Normalize: normalizeStep,
  Dropout: async () => ({ step: undefined, files: [] }),
};

async function normalizeStep(folder: string, at: string): Promise<FoundStep> {
  // Older folders have no path, or a missing one; in the encoder's own folder config.json is the transformer's.
  const file = path.join(moduleFolder(folder, at), 'config.json');
  const isApart = path.relative(folder, path.dirname(file)) !== '';
  refuseOtherVectors({ file, values: (isApart ? await readJsonObject(file) : undefined) ?? {} });
  return { step: { kind: 'normalize' }, files: [] };
}

function unknownModules(file: string, modules: readonly SentenceModule[]): HarnessError {
  const kinds = modules.map(({ kind }) => kind || 'unknown').join(', ') || 'none';
  return refusal(
    file,
    `Its modules are ${kinds}; a Transformer with its Pooling, or a StaticEmbedding, followed by ${Object.keys(STEPS).join(', ')} are supported.`,
  );
}

/** Throws FORMAT for a module whose input width differs from the previous output. */
function checkWidths(steps: readonly PublishedStep[], { file, width }: { file: string; width: number | undefined }): void {
  let before = width;
  for (const step of steps) {
    const wanted = step.kind === 'dense' ? step.in : step.kind === 'layer-norm' ? step.dimension : before;
    if (before !== undefined && wanted !== before) {
      const name = step.kind === 'dense' ? 'Dense' : 'LayerNorm';
      throw refusal(file, `Its ${name} expects vectors of ${wanted} dimensions, but gets ${before}.`);
    }
    before = step.kind === 'dense' ? step.out : wanted;
  }
}

/** Dimensions kept of a vector at the end. */
async function keptOf(folder: string): Promise<number | undefined> {
  const { file, modelType, kept } = await readSentenceTransformersConfig(folder);
  if (modelType !== 'SentenceTransformer') {
    throw refusal(file, `Its model_type is ${shown(modelType)}, which is not supported; SentenceTransformer is.`);
  }
  if (kept === null) return undefined;
  if (typeof kept === 'number' && Number.isSafeInteger(kept) && kept >= 1) return kept;
  throw refusal(file, `Its truncate_dim is ${shown(kept)}, expected a number of dimensions.`);
}

/** The location of weights does not matter, their content does. */
function hashOf(modules: Pick<PublishedModules, 'poolings' | 'includePrompt' | 'steps'>, weights: readonly string[]): string {
  const settings = JSON.stringify(modules, (key, value: unknown) => (key === 'file' || key === 'offset' ? undefined : value));
  return createHash('sha256')
    .update([settings, ...weights].join('\n'))
    .digest('hex');
}

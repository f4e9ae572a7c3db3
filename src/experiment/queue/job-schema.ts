import { z } from 'zod';
import { LABEL_MODES, METRICS, PROTOCOLS, INDEXES, VOTES } from '../../knn/types.ts';
import { SPLITS, TASKS, type Split } from '../../datasets/dataset.ts';
import { CONCAT_NORMS } from '../../embed/concat.ts';
import { TRAINED_POOLINGS } from '../../embed/default-pooling.ts';
import { LAYER_MEANS, POOLINGS } from '../../embed/vectors.ts';
import { WORD_POOLINGS } from '../../embed/word-specs.ts';
import { GLOBAL_ATTENTIONS, RANDOM_BLOCKS } from '../../encoders/families/family.ts';
import { ESTIMATORS } from '../../estimators/estimators.ts';
import { METHODS } from '../../maps/projection.ts';
import { datasetEntry, modelEntry } from '../../registry/schema.ts';
import { COLUMNS } from '../../results/row.ts';
import { DEVICES } from '../../devices/device.ts';
import { OBJECTIVE_NAMES } from '../../training/objective.ts';
import { SCHEDULES } from '../../training/schedule.ts';
import { PAIR_MODES } from '../pair-modes.ts';

/**
 * Schema of jobs read from a queue, where anyone with access can write anything: every field is checked, no value is a path of this
 * machine, and sources are those of registries, apart from the user's own files.
 */

const count = z.int().nonnegative();
const positive = z.int().positive();
const fraction = z.number().min(0).max(1);
const name = z.string().min(1).max(300);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** Hash of an encoder's files: several are joined. */
const fileHash = z.string().min(1).max(300);
const optional = <T extends z.ZodType>(of: T) => of.optional();

/** Files that were sent, named by their content. */
export const SENT = /^sent:[0-9a-f]{64}$/;
const sent = z.string().regex(SENT);
/** A path below a sent folder. */
export const below = z
  .string()
  .max(1000)
  .regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))(?!.*\/\/)[^\\:\p{Cc}]+$/u, 'must be a path inside the folder, with "/" and without ".."');

const notOfDisk = (value: unknown): boolean => !JSON.stringify(value).includes('"file:');
const ofNoDisk = 'has a local file as source';

const encoderRef = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('entry'),
    name,
    entry: modelEntry.extend({ key: name }).refine(notOfDisk, ofNoDisk),
    firstLayers: optional(positive),
  }),
  z.strictObject({
    kind: z.literal('hub'),
    name,
    named: z.boolean(),
    source: z.string().regex(/^hf:[\w.-]+\/[\w.-]+(?:@[\w./-]+)?$/),
    firstLayers: optional(positive),
  }),
  z.strictObject({
    kind: z.literal('folder'),
    name,
    named: z.boolean(),
    folder: sent,
    onnx: optional(below),
    notes: optional(z.array(z.string().max(2000)).max(50)),
    firstLayers: optional(positive),
  }),
]);

const datasetRef = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('entry'), name, entry: datasetEntry.extend({ key: name }).refine(notOfDisk, ofNoDisk) }),
  z.strictObject({ kind: z.literal('file'), name, file: z.string().regex(/^sent:[0-9a-f]{64}(\/.+)?$/u) }),
  z.strictObject({
    kind: z.literal('hub'),
    name,
    reference: z.strictObject({
      name,
      id: z.string().regex(/^[\w.-]+(\/[\w.-]+)?$/),
      config: optional(z.string().max(300)),
      revision: z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[\w./+-]+$/),
    }),
  }),
]);

const limits = Object.fromEntries(SPLITS.map((split) => [split, optional(count)])) as Record<Split, z.ZodOptional<typeof count>>;
const limit = z.union([positive, z.strictObject(limits)]);
const seed = z.int();

const reading = z.strictObject({
  labels: z.enum(LABEL_MODES),
  limit: optional(limit),
  seed,
  labelField: optional(name),
  task: optional(z.enum(TASKS)),
  deduplicate: optional(z.boolean()),
  tables: z.strictObject({
    textColumn: optional(z.string()),
    textPairColumn: optional(z.string()),
    labelColumn: optional(z.string()),
    splitColumn: optional(z.string()),
    labelSeparator: optional(z.string()),
    delimiter: optional(z.string()),
    encoding: optional(z.string()),
    skipInvalid: optional(z.boolean()),
  }),
});

const prompt = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('name'), name: z.string() }),
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
]);

const opening = z.strictObject({
  dtype: optional(z.string().max(20)),
  maxLength: optional(positive),
  options: z.strictObject({ globalAttention: z.enum(GLOBAL_ATTENTIONS), randomBlocks: z.enum(RANDOM_BLOCKS), task: z.string().max(100) }),
  prompt: optional(prompt),
  device: optional(z.enum(DEVICES).exclude(['cpu'])),
});

const row = z.strictObject(
  Object.fromEntries(COLUMNS.map((column) => [column, z.string()])) as Record<(typeof COLUMNS)[number], z.ZodString>,
);
export const resultRow = row;

const wantedVector = z.strictObject({
  encoder: name,
  pooling: z.string(),
  layers: z.string(),
  dim: optional(positive),
  rows: z.array(row).min(1),
});

const layers = z.union([z.literal('last'), z.literal('all'), z.array(count)]);
const dims = optional(z.array(z.union([positive, z.literal('full')])));
const layerMeans = z.array(z.enum(LAYER_MEANS));
const resources = { threads: positive, tokenBudget: optional(positive) };
const poolings = z.array(z.enum(POOLINGS));
/** Options of pairs and words, if requested. */
const ofItems = {
  pairs: optional(z.array(z.enum(PAIR_MODES)).min(1)),
  wordPoolings: optional(z.array(z.enum(WORD_POOLINGS)).min(1)),
  wordsPerClass: optional(positive),
};

const settings = z.strictObject({
  poolings,
  layers,
  layerMeans,
  dims,
  ...ofItems,
  anyProtocol: optional(z.literal(true)),
  concatNorms: z.array(z.enum(CONCAT_NORMS)),
  protocols: z.array(z.enum(PROTOCOLS)),
  ks: z.array(positive).min(1),
  metrics: z.array(z.enum(METRICS)),
  votes: z.array(z.enum(VOTES)),
  index: z.enum(INDEXES),
  hnsw: z.strictObject({ m: positive, efConstruction: positive, ef: positive, recall: z.number(), seed }),
  labels: z.enum(LABEL_MODES),
  limit: optional(limit),
  deduplicate: optional(z.literal(true)),
  seed,
  maxLength: optional(positive),
  dtype: optional(z.string().max(20)),
  ...resources,
});

const trainingChoice = z.strictObject({
  objectives: z.array(z.enum(OBJECTIVE_NAMES)),
  ofNumbers: optional(z.array(z.enum(OBJECTIVE_NAMES))),
  ofTags: optional(z.array(z.enum(OBJECTIVE_NAMES))),
  objectiveOptions: z.strictObject({
    temperature: z.number(),
    scale: z.number(),
    margin: z.number(),
    weight: z.number(),
    secondWeight: z.number(),
    multiLabel: z.boolean(),
  }),
  seeds: z.array(seed).min(1),
  settings: z.strictObject({
    epochs: count,
    lr: z.number(),
    batchSize: positive,
    schedule: z.enum(SCHEDULES),
    warmup: fraction,
    clip: z.number(),
    balanced: z.boolean(),
    bestEpochBy: z.enum(['micro', 'macro']),
  }),
  neighbours: z.strictObject({ k: positive, metric: z.enum(METRICS), votes: z.enum(VOTES), threads: positive }),
  shares: z.strictObject({ test: fraction, dev: fraction }),
  trainer: z.strictObject({
    freeze: z.array(z.union([z.string(), count])),
    weightDecay: z.number(),
    decayMatricesOnly: z.boolean(),
    denseEmbeddings: z.boolean(),
    dropout: optional(fraction),
    accumulate: positive,
    chunkTokens: positive,
    mixedPrecision: optional(z.enum(['fp16'])),
    threads: positive,
    device: z.enum(DEVICES),
  }),
  vectorsAt: z.array(count),
  secondLabelField: optional(name),
});

const rankSettings = z.strictObject({
  estimators: z.array(z.enum(ESTIMATORS)),
  every: optional(z.literal(true)),
  by: z.enum(ESTIMATORS),
  poolings,
  layerMeans,
  dims,
  ...ofItems,
  k: positive,
  seed,
  ...resources,
  curveTexts: count,
  curveEstimators: z.array(z.enum(ESTIMATORS)),
  sourceField: optional(name),
});

const mapSettings = z.strictObject({
  pooling: z.enum(POOLINGS),
  dim: optional(positive),
  sample: positive,
  seed,
  k: positive,
  ...resources,
});

const ofInputs = {
  id: z.string().regex(/^[0-9a-f]{16}$/),
  encoders: z.array(encoderRef).min(1).max(1000),
  dataset: datasetRef,
  reading,
  opening,
  inputs: z.strictObject({ data: hash, encoders: z.array(z.strictObject({ file: fileHash, tokenizer: fileHash })) }),
};

const score = { ...ofInputs, vectors: z.array(wantedVector).min(1), settings, trained: z.boolean() };

export const jobSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('score'), ...score }),
  z.strictObject({ kind: z.literal('concat'), ...score }),
  z.strictObject({
    kind: z.literal('train'),
    ...ofInputs,
    pooling: z.enum(TRAINED_POOLINGS),
    objective: z.enum(OBJECTIVE_NAMES),
    seed,
    choice: trainingChoice,
    part: optional(positive),
    partTest: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('estimate'),
    ...ofInputs,
    settings: rankSettings,
    samples: z.array(positive),
    ofTrain: optional(z.strictObject({ shares: trainingChoice.shape.shares, seeds: trainingChoice.shape.seeds })),
  }),
  z.strictObject({ kind: z.literal('map'), ...ofInputs, method: z.enum(METHODS), settings: mapSettings }),
]);

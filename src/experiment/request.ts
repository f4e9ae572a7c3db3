import { z } from 'zod';
import { ENCODINGS } from '../datasets/encodings.ts';
import type { Split } from '../datasets/dataset.ts';
import { SPLIT_SHARES } from '../datasets/missing-splits.ts';
import { CONCAT_NORMS } from '../embed/concat.ts';
import { LAYER_MEANS, POOLINGS } from '../embed/vectors.ts';
import { DEFAULT_OPTIONS, GLOBAL_ATTENTIONS, RANDOM_BLOCKS } from '../encoders/families/family.ts';
import { ESTIMATORS } from '../estimators/estimators.ts';
import { INDEXES, LABEL_MODES, METRICS, PROTOCOLS, VOTES } from '../knn/types.ts';
import { METHODS, MOST_TSNE_TEXTS } from '../maps/projection.ts';
import { DTYPES } from '../sources/encoder-files.ts';
import { DEVICES } from '../training/device.ts';
import { OBJECTIVE_NAMES } from '../training/objective.ts';
import { DEFAULT_OBJECTIVE_OPTIONS } from '../training/options.ts';
import { SCHEDULES } from '../training/schedule.ts';
import { DEFAULT_PROTOCOLS } from './settings.ts';

/**
 * Experiments as they are asked for: plain JSON, references and values. run.json keeps the request of its run, `bench run --request` reads
 * one, programs write one, and the flags of the command line, their help and request.schema.json are made from these shapes, so that none
 * of them can differ.
 */

/** What a field takes, for messages, and what stands for it where it is left out, for the help. */
interface Said {
  readonly takes?: string;
  readonly otherwise?: string;
}

const said = <T extends z.ZodType>(schema: T, meta: Said): T => schema.meta({ ...schema.meta(), ...meta }) as T;
const whole = (least = 1) => said(z.int().min(least), { takes: `a whole number of at least ${least}` });
const above = (least: number) => said(z.number().gt(least), { takes: `a number above ${least}` });
const share = () => said(z.number().gt(0).lt(1), { takes: 'a number above 0 and below 1' });
const part = () => said(z.number().min(0).lt(1), { takes: 'a number of at least 0 and below 1' });
const atLeast = (least: number) => said(z.number().min(least), { takes: `a number of at least ${least}` });
const text = () => said(z.string().min(1), { takes: 'a text that is not empty' });
const each = <T extends z.ZodType>(of: T) => z.array(of).min(1);
const truth = () => z.boolean().optional();

const splitLimits = z.strictObject({ train: whole(0).optional(), dev: whole(0).optional(), test: whole(0).optional() } satisfies Record<Split, z.ZodType>);
const isLimited = (splits: object): boolean => Object.values(splits).some((size) => size !== undefined);
const limit = said(z.union([whole(), splitLimits.refine(isLimited)]), {
  takes: 'a whole number of at least 1, or numbers of texts by split (train=1000,dev=0)',
});

/** Which encoders, and how they are opened. */
export const encoderOptions = {
  encoders: each(text()).optional().describe(
    'Encoders: registry keys (KEY@N cuts the encoder after layer N); of your own hf:org/name[@revision], ./FOLDER or NAME=./FOLDER.',
  ),
  firstLayers: whole().optional().describe('Cut every encoder of your own after this layer (registry keys: KEY@N).'),
  dtype: z.enum(DTYPES).optional().describe('Number type of the weights. The first that is there where left out.'),
  globalAttention: z.enum(GLOBAL_ATTENTIONS).default(DEFAULT_OPTIONS.globalAttention).describe(
    'Longformer checkpoints: which tokens see and are seen by all: none (what the reference does unless told), or first.',
  ),
  randomBlocks: z.enum(RANDOM_BLOCKS).default(DEFAULT_OPTIONS.randomBlocks).describe(
    'BigBird checkpoints: the random blocks that tokens see: zero (what the reference does outside training), or published (as in training).',
  ),
  maxLength: whole(3).optional().describe("Cut texts after so many tokens. What the encoder's own files say where left out."),
};

/** How the files of one's own datasets are read. */
export const tableOptions = {
  textColumn: text().optional().describe('Column of the texts in your own file.'),
  labelColumn: text().optional().describe('Column of the labels in your own file.'),
  splitColumn: text().optional().describe('Column that says train, dev or test in your own file.'),
  labelSeparator: z.string().optional().describe('What stands between several labels of a text in your own file.'),
  delimiter: said(z.string().regex(/^[^"\r\n\p{L}\p{N}\u{10000}-\u{10FFFF}]$/u), { takes: 'one character that separates fields' }).optional().describe(
    'What stands between the fields of your own .csv or .tsv: a character, or tab, comma, semicolon, pipe, space. Found out if omitted.',
  ),
  encoding: z.enum(ENCODINGS).optional().describe(
    'Encoding of your own text file: utf8, utf-16, latin1, windows-1252, gb18030, shift_jis, … UTF-8 or what its first bytes say if omitted.',
  ),
  skipInvalid: truth().describe('Go on without the rows of your own file that cannot be used, and report how many.'),
};

const labelField = text().optional().describe('Which label, where a dataset has several (political bias: bias, publisher).');
const labels = z.enum(LABEL_MODES).default('first').describe('Of texts with several labels: first (the first alone counts) or all.');
const limitField = limit.optional().describe(
  'Take a class-stratified sample of so many texts of each dataset; or of the splits that are named: train=1000,dev=0.',
);
const deduplicate = truth().describe(
  'Leave out texts that equal an earlier one (after trimming) with the same labels, before anything is drawn or split. Where splits are '
    + 'given, the copy in train goes.',
);

/** Which datasets, and how their rows are read and chosen. */
export const datasetOptions = {
  datasets: each(text()).optional().describe(
    'Datasets: registry keys; of your own ./FILE.csv, .tsv, .jsonl, .json or .parquet, a ./FOLDER of train, dev and test files, or '
      + 'hf:org/name[:CONFIG][@revision].',
  ),
  ...tableOptions,
  labelField,
  labels,
  limit: limitField,
  deduplicate,
};

/** Which registries the names are of. */
export const registryOptions = {
  modelsFile: text().optional().describe('Your own registry of encoders, in place of models.json.'),
  datasetsFile: text().optional().describe('Your own registry of datasets, in place of datasets.json.'),
};

const suitesFile = text().optional().describe('Your own suites, in place of suites.json.');
const seed = whole(0).default(1).describe('Decides everything random.');
const layerMean = each(z.enum(LAYER_MEANS)).default(['0..L']);

const SCORING = {
  k: each(whole()).default([5]).describe('Neighbours that vote; several, from one search.'),
  metric: each(z.enum(METRICS)).default(['euclidean']).describe('Distance of two vectors.'),
  votes: each(z.enum(VOTES)).default(['uniform']).describe('Equal votes, or by nearness.'),
};

/** How encoders are trained. */
export const trainingOptions = {
  objective: each(z.enum(OBJECTIVE_NAMES)).default(['cea-all-negatives']).describe('Training objectives (losses).'),
  epochs: said(whole(), { otherwise: '10' }).optional().describe('Passes over the train set; the best by dev is taken.'),
  lr: above(0).default(5e-5).describe('Highest learning rate.'),
  batchSize: whole().default(32).describe('Texts of a step.'),
  balanced: truth().describe('Batches with several texts of each of their classes, for objectives that compare texts of a batch.'),
  accumulate: whole().default(1).describe('Batches whose gradients are averaged before a step.'),
  schedule: z.enum(SCHEDULES).default('linear').describe('Learning rate over the run.'),
  warmup: part().default(0.1).describe('Share of the steps in which the learning rate rises.'),
  clip: above(0).default(5).describe('Largest global norm of the gradient.'),
  weightDecay: part().default(0.01).describe('Decay of the weights (AdamW).'),
  decay: z.enum(['all', 'matrices']).default('all').describe(
    'What is decayed: all weights, as torch does by default, or matrices (neither biases nor norms).',
  ),
  dropout: said(part(), { otherwise: "the checkpoint's" }).optional().describe('Share of entries that training drops.'),
  freeze: each(said(z.union([z.literal('embeddings'), whole(0)]), { takes: '"embeddings" and layer numbers from 0' })).optional().describe(
    'What stays as it is: embeddings, layers by number, ranges: embeddings,0-3.',
  ),
  denseEmbeddings: truth().describe('Step embedding tables whole, as torch does, not only the rows that a batch looks up.'),
  bestEpochBy: z.enum(['micro', 'macro']).default('micro').describe('F1 on dev that decides which epoch is the best.'),
  chunkTokens: whole().default(16384).describe('Most tokens that run at once; a larger batch is run in parts (gradient caching).'),
  device: z.enum(DEVICES).default('cpu').describe('Where it is trained.'),
  devShare: share().default(SPLIT_SHARES.dev).describe('Part of train that becomes dev where a corpus has none.'),
  testShare: share().default(SPLIT_SHARES.test).describe('Part of train that becomes test where a corpus has none.'),
  temperature: above(0).default(DEFAULT_OBJECTIVE_OPTIONS.temperature).describe('supcon: what cosines are divided by.'),
  scale: above(0).default(DEFAULT_OBJECTIVE_OPTIONS.scale).describe('prototypes: what cosines are multiplied by.'),
  margin: atLeast(0).default(DEFAULT_OBJECTIVE_OPTIONS.margin).describe('triplet: by how much another class shall be farther.'),
  weight: atLeast(0).default(DEFAULT_OBJECTIVE_OPTIONS.weight).describe('cea-multitask: weight of the first label field.'),
  secondWeight: atLeast(0).default(DEFAULT_OBJECTIVE_OPTIONS.secondWeight).describe('cea-multitask: weight of the second label field, flipped.'),
  secondLabelField: said(text(), { otherwise: "the dataset's other one" }).optional().describe('cea-multitask: the second label field.'),
  multiLabel: truth().describe('classic: a text may have several classes (with all of its labels).'),
  vectorsAt: each(whole(0)).optional().describe('Epochs whose vectors of all texts are kept beside the results, for pictures: 0,1,5,10.'),
};

const training = z.strictObject(trainingOptions);

/** Frozen encoders scored by nearest neighbours; trained, too, where `finetune` says how. */
export const runRequest = z.strictObject({
  command: z.literal('run'),
  suite: text().optional().describe('A named set of encoders and datasets: quick (default), seed, political-bias, all, or one of your own.'),
  suitesFile,
  ...encoderOptions,
  ...datasetOptions,
  ...registryOptions,
  seed: each(whole(0)).default([1]).describe('Decides everything random; several where encoders are trained, a run each.'),
  pooling: each(z.enum([...POOLINGS, 'all', 'concat'])).optional().describe(
    'Where vectors are taken; all (cls, mean, cls-layermean, layermean); concat (all encoders side by side).',
  ),
  layers: said(z.union([z.enum(['last', 'all']), each(whole(0))]), { takes: 'last, all, or layer numbers (0 is the embedding output)' }).default('last').describe(
    'A row for each layer of the single-layer poolings: last, all, or layer numbers (0: embeddings).',
  ),
  layerMean: layerMean.describe('Layers of a layer mean.'),
  concatNorm: each(z.enum(CONCAT_NORMS)).default(['raw']).describe('What is done to vectors before they stand side by side.'),
  protocol: said(each(z.enum(PROTOCOLS)), { otherwise: `${DEFAULT_PROTOCOLS.join(',')}, or the suite's` }).optional().describe(
    'Which texts are whose neighbours.',
  ),
  ...SCORING,
  index: z.enum(INDEXES).default('auto').describe('How neighbours are searched. hnsw is approximate, and its recall stands in the row.'),
  hnswM: whole(2).default(16).describe('HNSW: links of a node.'),
  hnswEfConstruction: whole().default(200).describe('HNSW: candidates while the index is built.'),
  hnswEf: whole().default(100).describe('HNSW: candidates of a search.'),
  finetune: training.optional().describe('Also train every encoder on every dataset, with the first pooling that is named (cls where none is).'),
});

/** Encoders ranked by estimators of how well they can be fine-tuned. */
export const rankRequest = z.strictObject({
  command: z.literal('rank'),
  ...encoderOptions,
  ...datasetOptions,
  ...registryOptions,
  seed,
  estimator: each(z.enum([...ESTIMATORS, 'all'])).default(['all']).describe(
    'Estimators; all (leep where a source field is given). Classes alone: no numeric targets, no token-level labels.',
  ),
  sourceField: text().optional().describe('leep: the second label field (of your own file: column), whose classes are the source.'),
  budget: said(z.number().min(1).max(240 * 3600), { takes: 'a number of seconds from 1 to 864000' }).optional().describe(
    'Time, as 90s, 2m, 1h (in a request: seconds): encoders are dropped early on small samples, and those that are left ranked on as many '
      + 'texts as it allows. No layer curves.',
  ),
  by: z.enum(ESTIMATORS).optional().describe('The estimator that orders the encoders; the first of them where left out.'),
  pooling: each(z.enum(POOLINGS)).default(['mean', 'layermean']).describe('Where vectors are taken.'),
  layerMean: z.enum(LAYER_MEANS).default('0..L').describe('Layers of a layer mean.'),
  curves: z.boolean().default(true).describe('Compare the layers, on a sample of 1000 texts; false leaves it out.'),
  k: whole().default(5).describe('Neighbours that vote.'),
});

/** Encoders trained, and scored beside the frozen ones. */
export const finetuneRequest = z.strictObject({
  command: z.literal('finetune'),
  ...encoderOptions,
  ...datasetOptions,
  ...registryOptions,
  seed: each(whole(0)).default([1]).describe('Decides everything random; several are a run each.'),
  pooling: said(z.enum(POOLINGS), { otherwise: 'cls' }).optional().describe('What is trained and predicted with.'),
  ...trainingOptions,
  k: whole().default(5).describe('Neighbours that vote.'),
  metric: z.enum(METRICS).default('euclidean').describe('Distance of two vectors.'),
  votes: z.enum(VOTES).default('uniform').describe('Equal votes, or by nearness.'),
});

/** Vectors of frozen encoders drawn in the plane. */
export const mapRequest = z.strictObject({
  command: z.literal('map'),
  ...encoderOptions,
  datasets: datasetOptions.datasets,
  ...tableOptions,
  labelField,
  deduplicate,
  ...registryOptions,
  seed,
  pooling: z.enum(POOLINGS).default('mean').describe('Where vectors are taken.'),
  method: each(z.enum(METHODS)).default(['tsne']).describe('How vectors are put into the plane; several are a picture each.'),
  sample: whole().default(1000).describe(
    'Draw a class-stratified sample of so many texts of a dataset. t-SNE takes a time with the square of it, and '
      + `${MOST_TSNE_TEXTS} at most.`,
  ),
  k: whole().default(5).describe('Neighbours that vote for the score below a map.'),
});

/** An experiment as it is asked for. */
export const anyRequest = z.discriminatedUnion('command', [runRequest, rankRequest, finetuneRequest, mapRequest]);

export type RunRequest = z.infer<typeof runRequest>;
export type RankRequest = z.infer<typeof rankRequest>;
export type FinetuneRequest = z.infer<typeof finetuneRequest>;
export type MapRequest = z.infer<typeof mapRequest>;
export type Request = z.infer<typeof anyRequest>;
/** How encoders are trained, with what stands for what was left out. */
export type TrainingRequest = z.infer<typeof training>;

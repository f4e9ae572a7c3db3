import { z } from 'zod';
import { ENCODINGS } from '../datasets/encodings.ts';
import { TASKS, type Split } from '../datasets/dataset.ts';
import { SPLIT_SHARES } from '../datasets/missing-splits.ts';
import { CONCAT_NORMS } from '../embed/concat.ts';
import { WORD_POOLINGS } from '../embed/word-specs.ts';
import { PAIR_MODES } from './pair-modes.ts';
import { WORDS_PER_CLASS } from './sampled-words.ts';
import { LAYER_MEANS, POOLINGS } from '../embed/vectors.ts';
import { DEFAULT_OPTIONS, GLOBAL_ATTENTIONS, RANDOM_BLOCKS } from '../encoders/families/family.ts';
import { ESTIMATORS } from '../estimators/estimators.ts';
import { INDEXES, LABEL_MODES, METRICS, PROTOCOLS, VOTES } from '../knn/types.ts';
import { METHODS, MOST_TSNE_TEXTS } from '../maps/projection.ts';
import { DTYPES } from '../sources/encoder-files.ts';
import { DEVICE_TAKES, DEVICE_WORDS } from '../devices/device.ts';
import { OBJECTIVE_NAMES } from '../training/objective.ts';
import { DEFAULT_OBJECTIVE_OPTIONS } from '../training/options.ts';
import { SCHEDULES } from '../training/schedule.ts';
import { DEFAULT_PROTOCOLS } from './settings.ts';

/**
 * Experiment requests: plain JSON of references and values. run.json stores the request of its run, `bench run --request` reads one,
 * programs write one, and the flags of the command line, their help and request.schema.json are generated from these schemas, so that they
 * agree.
 */

/** The values of a field, for messages, and its default if that is decided in code, for the help. */
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
const text = () => said(z.string().min(1), { takes: 'a non-empty string' });
const each = <T extends z.ZodType>(of: T) => z.array(of).min(1);
const truth = () => z.boolean().optional();

const splitLimits = z.strictObject({ train: whole(0).optional(), dev: whole(0).optional(), test: whole(0).optional() } satisfies Record<
  Split,
  z.ZodType
>);
const isLimited = (splits: object): boolean => Object.values(splits).some((size) => size !== undefined);
const limit = said(z.union([whole(), splitLimits.refine(isLimited)]), {
  takes: 'a whole number of at least 1, or numbers of texts by split (train=1000,dev=0)',
});

/** Which encoders, and how they are opened. */
export const encoderOptions = {
  encoders: each(text())
    .optional()
    .describe('Encoders: registry keys, hf:org/name[@revision], ./FOLDER or NAME=./FOLDER. KEY@N: only the first N layers of KEY.'),
  firstLayers: whole().optional().describe('Use only the first N layers of encoders given by folder or hub name (registry keys: KEY@N).'),
  dtype: said(z.enum(DTYPES), { otherwise: 'the first available' }).optional().describe('Weight precision.'),
  globalAttention: z
    .enum(GLOBAL_ATTENTIONS)
    .default(DEFAULT_OPTIONS.globalAttention)
    .describe('Longformer: global attention on no token (none, as in the reference) or on the first token.'),
  randomBlocks: z
    .enum(RANDOM_BLOCKS)
    .default(DEFAULT_OPTIONS.randomBlocks)
    .describe('BigBird: random attention blocks as in evaluation (zero) or as in training (published).'),
  adapterTask: text()
    .default(DEFAULT_OPTIONS.task)
    .describe('Task adapter to merge into the weights (jina-embeddings-v3); none: the shared weights only.'),
  maxLength: said(whole(3), { otherwise: "the encoder's own limit; 512 if it states none, or only one above 8192" })
    .optional()
    .describe('Maximum sequence length in tokens, special tokens included.'),
  prompts: said(each(text()), { otherwise: "the encoder's default prompt" })
    .optional()
    .describe(
      "Prompt put before every text: the NAME of one of the encoder's prompts, literal text, or none. Write literal text without a blank " +
        'or colon as text:WORD. Several: one result each.',
    ),
};

/** What encoders run on, and are trained on. */
export const deviceOptions = {
  device: said(z.enum(DEVICE_WORDS), { takes: DEVICE_TAKES })
    .default('cpu')
    .describe(
      'What encoders run on, and are trained on: the processor, or a graphics card. auto: a card, if it is at least twice as fast.',
    ),
};

/** How dataset files are read. */
export const tableOptions = {
  textColumn: text().optional().describe('Text column of your file. CoNLL: number of the word column, counted from 1.'),
  textPairColumn: text().optional().describe('Column with the second text of each row: rows are text pairs.'),
  labelColumn: text()
    .optional()
    .describe('Label column of your file. CoNLL: number of the tag column, from 1 (default: the last). CoNLL-U: its name (default: upos).'),
  splitColumn: text().optional().describe('Column that assigns each row to train, dev or test.'),
  labelSeparator: z.string().optional().describe('Separator between several labels in the label column.'),
  delimiter: said(z.string().regex(/^[^"\r\n\p{L}\p{N}\u{10000}-\u{10FFFF}]$/u), {
    takes: 'one character that separates fields',
    otherwise: 'detected',
  })
    .optional()
    .describe('Column delimiter of your .csv or .tsv file (as a flag also tab, comma, pipe, …).'),
  encoding: said(z.enum(ENCODINGS), { otherwise: 'by byte-order mark, else UTF-8' }).optional().describe('Text encoding of your file.'),
  skipInvalid: truth().describe('Skip invalid rows of your files, and report how many.'),
};

const labelField = text().optional().describe('Label field, for datasets with several (e.g. political-bias: bias, publisher).');
const task = said(z.enum(TASKS), { otherwise: 'as the registry or the file says, else classification' })
  .optional()
  .describe('Kind of labels: classes (classification), numbers (regression), or one tag per word (token-classification).');
const labels = z.enum(LABEL_MODES).default('first').describe('Multi-label texts: use the first label only (first), or all labels (all).');
const limitField = limit
  .optional()
  .describe('Sample N texts per dataset, or per split: train=1000,dev=0 (in a request an object). Stratified by class; numbers at random.');
const deduplicate = truth().describe(
  'Drop duplicates: equal trimmed text and equal labels. Done before sampling and splitting; the first copy is kept, but if splits are ' +
    'given, the copy in train is dropped.',
);

/** Which datasets, and how their rows are read and chosen. */
export const datasetOptions = {
  datasets: each(text())
    .optional()
    .describe(
      'Datasets: registry keys, ./FILE, ./FOLDER of split files, hf:org/name[:CONFIG][@revision]. File types: .csv, .tsv, .jsonl, .json, ' +
        '.parquet, .conll, .conllu.',
    ),
  ...tableOptions,
  labelField,
  task,
  labels,
  limit: limitField,
  deduplicate,
};

/** Registries that names are looked up in. */
export const registryOptions = {
  modelsFile: text().optional().describe('Registry of encoders to use instead of models.json.'),
  datasetsFile: text().optional().describe('Registry of datasets to use instead of datasets.json.'),
};

const suitesFile = text().optional().describe('Suites file to use instead of suites.json.');
const seed = whole(0).default(1).describe('Random seed.');
const dim = said(z.union([whole(), z.literal('full')]), { takes: 'whole numbers of at least 1, and full' });
const layerMean = each(z.enum(LAYER_MEANS)).default(['0..L']);

/** How text pairs and tagged words become vectors. */
const wordOptions = {
  pair: said(each(z.enum(PAIR_MODES)), { otherwise: 'separate' })
    .optional()
    .describe('Text pairs: encode each text separately (separate), or both as one input (joint). Several: one result each.'),
  wordPooling: said(each(z.enum(WORD_POOLINGS)), { otherwise: 'first' })
    .optional()
    .describe('Tagged words: pooling of sub-token vectors into a word vector (first, mean, last). Several: one result each.'),
  wordsPerClass: said(whole(), { otherwise: String(WORDS_PER_CLASS) })
    .optional()
    .describe('Tagged words: maximum number of words per tag for k-NN and estimators. Drawn with the seed; a note says if there are more.'),
};

const SCORING = {
  k: each(whole()).default([5]).describe('Number of neighbours (k); several values share one search.'),
  metric: each(z.enum(METRICS)).default(['euclidean']).describe('Distance metric.'),
  votes: each(z.enum(VOTES)).default(['uniform']).describe('Neighbour votes: uniform, or weighted by distance.'),
};

/** How encoders are fine-tuned. */
export const trainingOptions = {
  objective: said(each(z.enum(OBJECTIVE_NAMES)), { otherwise: 'cea-all-negatives (numbers: regression; tags: classic)' })
    .optional()
    .describe('Training objectives (losses).'),
  epochs: said(whole(), { otherwise: '10' }).optional().describe('Number of epochs; the best epoch by dev score is used.'),
  lr: above(0).default(5e-5).describe('Peak learning rate.'),
  batchSize: whole().default(32).describe('Batch size in texts (tagged words: in sentences).'),
  balanced: truth().describe('Batches with several texts per class, for objectives that compare the texts of a batch.'),
  accumulate: whole().default(1).describe('Gradient accumulation: batches per optimiser step.'),
  schedule: z.enum(SCHEDULES).default('linear').describe('Learning-rate schedule.'),
  warmup: part().default(0.1).describe('Warm-up ratio: fraction of all steps.'),
  clip: above(0).default(5).describe('Gradient clipping: maximum global norm.'),
  weightDecay: part().default(0.01).describe('Weight decay (AdamW).'),
  decay: z
    .enum(['all', 'matrices'])
    .default('all')
    .describe('Weights that decay: all (as in PyTorch), or matrices (neither biases nor norms).'),
  dropout: said(part(), { otherwise: "the checkpoint's" }).optional().describe('Dropout probability.'),
  freeze: each(said(z.union([z.literal('embeddings'), whole(0)]), { takes: '"embeddings" and layer numbers from 0' }))
    .optional()
    .describe('Parameters to freeze: embeddings and layer numbers, e.g. embeddings,0-3 (in a request a list without ranges).'),
  denseEmbeddings: truth().describe('Update whole embedding tables, as PyTorch does, not only the rows that a batch looks up.'),
  bestEpochBy: z
    .enum(['micro', 'macro'])
    .default('micro')
    .describe('Dev F1 that selects the best epoch. Tags that mark spans: micro is span F1. Regression uses Spearman instead.'),
  chunkTokens: whole().default(16384).describe('Maximum number of tokens per pass; larger batches are split (gradient caching).'),
  mixedPrecision: said(z.enum(['fp16']), { otherwise: 'float32 throughout' })
    .optional()
    .describe(
      "Training: the encoder's matrix products in float16, everything else in float32. For cards; on the CPU it only takes longer.",
    ),
  devShare: share().default(SPLIT_SHARES.dev).describe('Fraction of the training set held out for dev, if there is no dev split.'),
  testShare: share().default(SPLIT_SHARES.test).describe('Fraction of the training set held out for test, if there is no test split.'),
  temperature: above(0).default(DEFAULT_OBJECTIVE_OPTIONS.temperature).describe('supcon: temperature.'),
  scale: above(0).default(DEFAULT_OBJECTIVE_OPTIONS.scale).describe('prototypes: scale of the cosine similarities.'),
  margin: atLeast(0).default(DEFAULT_OBJECTIVE_OPTIONS.margin).describe('triplet: margin.'),
  weight: atLeast(0).default(DEFAULT_OBJECTIVE_OPTIONS.weight).describe('cea-multitask: loss weight of the first label field.'),
  secondWeight: atLeast(0)
    .default(DEFAULT_OBJECTIVE_OPTIONS.secondWeight)
    .describe('cea-multitask: loss weight of the second label field (flipped).'),
  secondLabelField: said(text(), { otherwise: "the dataset's other field" }).optional().describe('cea-multitask: second label field.'),
  multiLabel: truth().describe('classic: multi-label classification (with labels all).'),
  vectorsAt: each(whole(0)).optional().describe('Epochs whose vectors of all texts are saved in the results folder, for maps: 0,1,5,10.'),
};

const training = z.strictObject(trainingOptions);

/** Frozen encoders scored by k-NN; also fine-tuned if `finetune` is set. */
export const runRequest = z.strictObject({
  command: z.literal('run'),
  suite: said(text(), { otherwise: 'quick' })
    .optional()
    .describe(
      'Named set of encoders and datasets. Built in: quick, seed, political-bias, all, popular-small, popular-base, multilingual, ' +
        'embedders.',
    ),
  suitesFile,
  ...encoderOptions,
  ...deviceOptions,
  ...datasetOptions,
  ...registryOptions,
  seed: each(whole(0)).default([1]).describe('Random seed. Several, if encoders are fine-tuned: one training run each.'),
  pooling: said(each(z.enum([...POOLINGS, 'all', 'concat'])), { otherwise: "all, or the suite's" })
    .optional()
    .describe('Poolings. all: cls, mean, cls-layermean, layermean; concat: all encoders concatenated.'),
  layers: said(z.union([z.enum(['last', 'all']), each(whole(0))]), { takes: 'last, all, or layer numbers (0 is the embedding output)' })
    .default('last')
    .describe('Layers for single-layer poolings: last, all, or layer numbers (0: embeddings). One row per layer.'),
  layerMean: layerMean.describe('Layers averaged by the layer-mean poolings.'),
  dim: said(each(dim), { otherwise: 'full' })
    .optional()
    .describe('Truncate vectors to their first N dimensions (Matryoshka): 64,128,256; full: all. Several: one result each.'),
  concatNorm: each(z.enum(CONCAT_NORMS)).default(['raw']).describe('Normalisation of vectors before concatenation.'),
  ...wordOptions,
  protocol: said(each(z.enum(PROTOCOLS)), {
    otherwise: `${DEFAULT_PROTOCOLS.join(',')}; tagged words: leave-one-sentence-out,fit-train; or the suite's`,
  })
    .optional()
    .describe('Evaluation protocols.'),
  ...SCORING,
  index: z
    .enum(INDEXES)
    .default('auto')
    .describe('Nearest-neighbour search. hnsw (usearch) and hnswlib are approximate and report their recall in each row.'),
  hnswM: whole(2).default(32).describe('HNSW: links per node (M).'),
  hnswEfConstruction: whole().default(200).describe('HNSW: candidates while building the index (efConstruction).'),
  hnswEf: whole().default(100).describe('HNSW: candidates per query (ef).'),
  hnswRecall: said(z.number().min(0).max(1), { takes: 'a number from 0 to 1' })
    .default(0.98)
    .describe('HNSW (usearch): target recall. If a sample of queries falls short, ef is doubled, at most twice; 0: no target.'),
  finetune: training
    .optional()
    .describe(
      'Also fine-tune every encoder on every dataset, with the first pooling given. Default pooling: cls; mean for static encoders, ' +
        'last for causal ones.',
    ),
});

/** Encoders ranked by transferability estimators. */
export const rankRequest = z.strictObject({
  command: z.literal('rank'),
  suite: text().optional().describe('A named set: its encoders and datasets, unless they are named.'),
  suitesFile,
  ...encoderOptions,
  ...deviceOptions,
  ...datasetOptions,
  ...registryOptions,
  seed,
  estimator: each(z.enum([...ESTIMATORS, 'all']))
    .default(['all'])
    .describe('Estimators; all: every one that applies to the labels (leep only with a source field).'),
  sourceField: text().optional().describe('leep: second label field (of your file: column) with the source classes.'),
  budget: said(
    z
      .number()
      .min(1)
      .max(240 * 3600),
    { takes: 'a number of seconds from 1 to 864000' },
  )
    .optional()
    .describe(
      'Time limit: 90s, 2m, 1h (in a request: seconds). Encoders are dropped early on small samples; the others are ranked on as many ' +
        'texts as the time allows. No layer curves.',
    ),
  by: said(z.enum(ESTIMATORS), { otherwise: 'the first' }).optional().describe('Estimator that orders the encoders.'),
  pooling: each(z.enum(POOLINGS)).default(['mean', 'layermean']).describe('Poolings to compare.'),
  layerMean: z.enum(LAYER_MEANS).default('0..L').describe('Layers averaged by the layer-mean poolings.'),
  dim: said(each(dim), { otherwise: 'full' })
    .optional()
    .describe('Truncate vectors to their first N dimensions (Matryoshka): 64,128,256; full: all. Several: one estimate each.'),
  curves: z.boolean().default(true).describe('Layer curves: compare the layers on a sample of 1000 texts.'),
  ...wordOptions,
  k: whole().default(5).describe('Number of neighbours (k).'),
});

/** Encoders fine-tuned and compared with the frozen ones. */
export const finetuneRequest = z.strictObject({
  command: z.literal('finetune'),
  ...encoderOptions,
  ...deviceOptions,
  ...datasetOptions,
  ...registryOptions,
  seed: each(whole(0)).default([1]).describe('Random seed; several: one run each.'),
  pooling: said(z.enum(POOLINGS), { otherwise: 'cls (static encoders: mean; causal: last; tags: first sub-token)' })
    .optional()
    .describe('Pooling for training and prediction.'),
  ...trainingOptions,
  k: whole().default(5).describe('Number of neighbours (k).'),
  metric: z.enum(METRICS).default('euclidean').describe('Distance metric.'),
  votes: z.enum(VOTES).default('uniform').describe('Neighbour votes: uniform, or weighted by distance.'),
});

const { objective: _several, vectorsAt: _epochs, ...oneTraining } = trainingOptions;

/** One encoder chosen from several within a budget, by racing fine-tuning runs. */
export const chooseRequest = z.strictObject({
  command: z.literal('choose'),
  suite: text().optional().describe('Named set of encoders and datasets, used for whichever of the two is not given.'),
  suitesFile,
  ...encoderOptions,
  ...deviceOptions,
  ...datasetOptions,
  ...registryOptions,
  seed: each(whole(0))
    .default([1, 2, 3])
    .describe(
      'Random seeds. The race uses the first; with the others, encoders still tied on the full training set and the winner are fine-tuned ' +
        'again, as the budget allows.',
    ),
  budget: said(
    z
      .number()
      .min(1)
      .max(240 * 3600),
    { takes: 'a number of seconds from 1 to 864000', otherwise: '1800 (30m)' },
  )
    .optional()
    .describe('Time limit: 90s, 30m, 2h (in a request: seconds), shared by the datasets.'),
  budgetTexts: whole()
    .optional()
    .describe('Budget in text passes, instead of time. An embedded text costs 1, a fine-tuned one 3. The same choice on every machine.'),
  by: z.enum(ESTIMATORS).exclude(['leep']).default('knn').describe('Estimator that screens the frozen encoders.'),
  pooling: said(z.enum(POOLINGS), { otherwise: 'cls (static encoders: mean; causal: last; tags: first sub-token)' })
    .optional()
    .describe('Pooling for training and prediction.'),
  objective: said(z.enum(OBJECTIVE_NAMES), { otherwise: 'cea-all-negatives (numbers: regression; tags: classic)' })
    .optional()
    .describe('Training objective (loss).'),
  ...oneTraining,
  k: whole().default(5).describe('Number of neighbours (k).'),
  metric: z.enum(METRICS).default('euclidean').describe('Distance metric.'),
  votes: z.enum(VOTES).default('uniform').describe('Neighbour votes: uniform, or weighted by distance.'),
});

/** 2D projections of the vectors of frozen encoders. */
export const mapRequest = z.strictObject({
  command: z.literal('map'),
  ...encoderOptions,
  ...deviceOptions,
  datasets: datasetOptions.datasets,
  ...tableOptions,
  labelField,
  deduplicate,
  ...registryOptions,
  seed,
  pooling: z.enum(POOLINGS).default('mean').describe('Pooling of token vectors.'),
  dim: said(whole(), { otherwise: 'all' }).optional().describe('Truncate vectors to their first N dimensions (Matryoshka).'),
  method: each(z.enum(METHODS)).default(['tsne']).describe('Projection to 2D; several: one plot each.'),
  sample: whole()
    .default(1000)
    .describe(`Class-stratified sample of N texts per dataset. t-SNE takes at most ${MOST_TSNE_TEXTS}, in time quadratic in N.`),
  k: whole().default(5).describe('Number of neighbours (k) for the score below each map.'),
});

export type RunRequest = z.infer<typeof runRequest>;
export type RankRequest = z.infer<typeof rankRequest>;
export type FinetuneRequest = z.infer<typeof finetuneRequest>;
export type ChooseRequest = z.infer<typeof chooseRequest>;
export type MapRequest = z.infer<typeof mapRequest>;
/** An experiment request. */
export type Request = RunRequest | RankRequest | FinetuneRequest | ChooseRequest | MapRequest;
/** How encoders are fine-tuned, with defaults filled in. */
export type TrainingRequest = z.infer<typeof training>;

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

/** What a field takes, for messages, and its default where code decides it, for the help. */
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
    .describe('Encoders: registry keys (KEY@N: its first N layers), hf:org/name[@revision], ./FOLDER or NAME=./FOLDER.'),
  firstLayers: whole().optional().describe('Use the first N layers of every encoder that is not a registry key (for those: KEY@N).'),
  dtype: z.enum(DTYPES).optional().describe('Weight precision; if omitted, the first available.'),
  globalAttention: z
    .enum(GLOBAL_ATTENTIONS)
    .default(DEFAULT_OPTIONS.globalAttention)
    .describe('Longformer checkpoints: global attention of no token (none, as in the reference) or of the first.'),
  randomBlocks: z
    .enum(RANDOM_BLOCKS)
    .default(DEFAULT_OPTIONS.randomBlocks)
    .describe('BigBird checkpoints: random attention blocks as in evaluation (zero) or as in training (published).'),
  adapterTask: text()
    .default(DEFAULT_OPTIONS.task)
    .describe('Checkpoints with an adapter per task (jina-embeddings-v3): the task whose adapter is merged in; none: the shared weights.'),
  maxLength: whole(3)
    .optional()
    .describe(
      "Length limit in tokens, special ones included; if omitted, that of the encoder's files (512 where all they say is that more than "
        + '8192 are possible, and where they say nothing).',
    ),
  prompts: said(each(text()), { otherwise: "the one that the encoder's folder names as its default" })
    .optional()
    .describe(
      'What is put before every text: the NAME of one of the encoder’s prompts, a text (anything with a blank or a colon; text:… for '
        + 'others), or none. Several: a result each.',
    ),
};

/** How the files of one's own datasets are read. */
export const tableOptions = {
  textColumn: text()
    .optional()
    .describe("Text column of your file; of tagged words in columns (CoNLL) the number of the words' column, from 1."),
  textPairColumn: text().optional().describe('Column of the second text of each row: rows are pairs of texts.'),
  labelColumn: text()
    .optional()
    .describe(
      "Label column of your file; of tagged words in columns the tags': a number from 1 (CoNLL; default: the last), or a name (CoNLL-U; default: "
        + 'upos).',
    ),
  splitColumn: text().optional().describe('Column of your file with train, dev or test.'),
  labelSeparator: z.string().optional().describe('Separator between several labels of a text in your file.'),
  delimiter: said(z.string().regex(/^[^"\r\n\p{L}\p{N}\u{10000}-\u{10FFFF}]$/u), { takes: 'one character that separates fields' })
    .optional()
    .describe('Delimiter of your .csv or .tsv (as a flag also tab, comma, pipe, …); detected if omitted.'),
  encoding: z.enum(ENCODINGS).optional().describe('Encoding of your text file; if omitted, UTF-8 or what its first bytes say.'),
  skipInvalid: truth().describe('Skip rows of your file that cannot be used, and report how many.'),
};

const labelField = text().optional().describe('Label field, for datasets with several (political bias: bias, publisher).');
const task = z
  .enum(TASKS)
  .optional()
  .describe(
    'What labels are: classes (classification), numbers to be predicted (regression), or tags of words (token-classification); if omitted, '
      + 'what the registry or the file says, else classification.',
  );
const labels = z.enum(LABEL_MODES).default('first').describe('For texts with several labels: first (only the first counts) or all.');
const limitField = limit
  .optional()
  .describe('Sample (class-stratified, of numbers random) of this many texts per dataset, or per split: train=1000,dev=0 (in a request an object).');
const deduplicate = truth().describe(
  'Drop texts that equal an earlier one, once trimmed, with the same labels. Done before anything is sampled or split; if splits are '
    + 'given, the copy in train is dropped.',
);

/** Which datasets, and how their rows are read and chosen. */
export const datasetOptions = {
  datasets: each(text())
    .optional()
    .describe(
      'Datasets: registry keys, ./FILE.csv, .tsv, .jsonl, .json, .parquet, .conll or .conllu, ./FOLDER of split files, '
        + 'hf:org/name[:CONFIG][@revision].',
    ),
  ...tableOptions,
  labelField,
  task,
  labels,
  limit: limitField,
  deduplicate,
};

/** Which registries the names are of. */
export const registryOptions = {
  modelsFile: text().optional().describe('Your registry of encoders, in place of models.json.'),
  datasetsFile: text().optional().describe('Your registry of datasets, in place of datasets.json.'),
};

const suitesFile = text().optional().describe('Your suites, in place of suites.json.');
const seed = whole(0).default(1).describe('Random seed.');
const dim = said(z.union([whole(), z.literal('full')]), { takes: 'whole numbers of at least 1, and full' });
const layerMean = each(z.enum(LAYER_MEANS)).default(['0..L']);

/** How pairs of texts, and words that have tags, are looked at. */
const wordOptions = {
  pair: said(each(z.enum(PAIR_MODES)), { otherwise: 'separate' })
    .optional()
    .describe('Of pairs: each text by itself (separate) or both as one input (joint). Several: a result each.'),
  wordPooling: said(each(z.enum(WORD_POOLINGS)), { otherwise: 'first' })
    .optional()
    .describe('Of tagged words: how the sub-tokens of a word become its vector: first, mean, last. Several: a result each.'),
  wordsPerClass: said(whole(), { otherwise: String(WORDS_PER_CLASS) })
    .optional()
    .describe('Of tagged words: so many of each tag are looked at by neighbours and estimators, drawn with the seed; said where there are more.'),
};

const SCORING = {
  k: each(whole()).default([5]).describe('Neighbours that vote; several values share one search.'),
  metric: each(z.enum(METRICS)).default(['euclidean']).describe('Distance between vectors.'),
  votes: each(z.enum(VOTES)).default(['uniform']).describe('Uniform votes, or weighted by distance.'),
};

/** How encoders are trained. */
export const trainingOptions = {
  objective: said(each(z.enum(OBJECTIVE_NAMES)), { otherwise: 'cea-all-negatives; of numbers regression; of tags classic' })
    .optional()
    .describe('Training objectives (losses).'),
  epochs: said(whole(), { otherwise: '10' }).optional().describe('Passes over the training set; the best epoch by dev score is used.'),
  lr: above(0).default(5e-5).describe('Peak learning rate.'),
  batchSize: whole().default(32).describe('Batch size, in texts, or sentences of tagged words.'),
  balanced: truth().describe('Batches with several texts of each of their classes, for objectives that compare texts of a batch.'),
  accumulate: whole().default(1).describe('Gradient accumulation: batches per step.'),
  schedule: z.enum(SCHEDULES).default('linear').describe('Learning-rate schedule.'),
  warmup: part().default(0.1).describe('Warm-up ratio.'),
  clip: above(0).default(5).describe('Gradient clipping: largest global norm.'),
  weightDecay: part().default(0.01).describe('Weight decay (AdamW).'),
  decay: z
    .enum(['all', 'matrices'])
    .default('all')
    .describe('Which weights decay: all, as torch does by default, or matrices (neither biases nor norms).'),
  dropout: said(part(), { otherwise: "the checkpoint's" }).optional().describe('Dropout probability.'),
  freeze: each(said(z.union([z.literal('embeddings'), whole(0)]), { takes: '"embeddings" and layer numbers from 0' }))
    .optional()
    .describe('Frozen parameters: embeddings, and layers by number (as a flag also ranges: embeddings,0-3).'),
  denseEmbeddings: truth().describe('Update embedding tables as a whole, as torch does, not only the rows that a batch looks up.'),
  bestEpochBy: z.enum(['micro', 'macro']).default('micro').describe('F1 on dev that selects the best epoch (micro: of tags that of spans, where they are such); of numbers Spearman does.'),
  chunkTokens: whole().default(16384).describe('Most tokens per pass; a larger batch is run in parts (gradient caching).'),
  device: z.enum(DEVICES).default('cpu').describe('Device to train on.'),
  devShare: share().default(SPLIT_SHARES.dev).describe('Fraction of the training set held out for dev, if a dataset has none.'),
  testShare: share().default(SPLIT_SHARES.test).describe('Fraction of the training set held out for test, if a dataset has none.'),
  temperature: above(0).default(DEFAULT_OBJECTIVE_OPTIONS.temperature).describe('supcon: temperature.'),
  scale: above(0).default(DEFAULT_OBJECTIVE_OPTIONS.scale).describe('prototypes: factor of the cosines.'),
  margin: atLeast(0).default(DEFAULT_OBJECTIVE_OPTIONS.margin).describe('triplet: margin.'),
  weight: atLeast(0).default(DEFAULT_OBJECTIVE_OPTIONS.weight).describe('cea-multitask: weight of the first label field.'),
  secondWeight: atLeast(0)
    .default(DEFAULT_OBJECTIVE_OPTIONS.secondWeight)
    .describe('cea-multitask: weight of the second label field, flipped.'),
  secondLabelField: said(text(), { otherwise: "the dataset's other one" }).optional().describe('cea-multitask: the second label field.'),
  multiLabel: truth().describe('classic: a text may have several classes (with all of its labels).'),
  vectorsAt: each(whole(0)).optional().describe('Epochs whose vectors of all texts are kept in the results folder, for maps: 0,1,5,10.'),
};

const training = z.strictObject(trainingOptions);

/** Frozen encoders scored by nearest neighbours; trained, too, where `finetune` says how. */
export const runRequest = z.strictObject({
  command: z.literal('run'),
  suite: said(text(), { otherwise: 'quick' })
    .optional()
    .describe(
      'A named set of encoders and datasets: quick, seed, political-bias, all, popular-small, popular-base, multilingual, embedders, or one of '
        + 'your suites.',
    ),
  suitesFile,
  ...encoderOptions,
  ...datasetOptions,
  ...registryOptions,
  seed: each(whole(0)).default([1]).describe('Random seed; several if encoders are trained: one training run each.'),
  pooling: said(each(z.enum([...POOLINGS, 'all', 'concat'])), { otherwise: "all, or the suite's" })
    .optional()
    .describe('Poolings; all (cls, mean, cls-layermean, layermean); concat (all encoders concatenated).'),
  layers: said(z.union([z.enum(['last', 'all']), each(whole(0))]), { takes: 'last, all, or layer numbers (0 is the embedding output)' })
    .default('last')
    .describe('Layers of the single-layer poolings, one row each: last, all, or layer numbers (0: embeddings).'),
  layerMean: layerMean.describe('Layers that are averaged by the layer means.'),
  dim: each(dim)
    .optional()
    .describe(
      'Keep so many of the first numbers of each vector (Matryoshka), a result each: 64,128,256; full: all of them, as if omitted.',
    ),
  concatNorm: each(z.enum(CONCAT_NORMS)).default(['raw']).describe('Normalisation of vectors before they are concatenated.'),
  ...wordOptions,
  protocol: said(each(z.enum(PROTOCOLS)), { otherwise: `${DEFAULT_PROTOCOLS.join(',')}; of tagged words leave-one-sentence-out and fit-train; or the suite's` })
    .optional()
    .describe('Evaluation protocols.'),
  ...SCORING,
  index: z.enum(INDEXES).default('auto').describe('Nearest-neighbour search; hnsw (usearch) and hnswlib are approximate, and their recall is in the row.'),
  hnswM: whole(2).default(32).describe('HNSW: links per node (M).'),
  hnswEfConstruction: whole().default(200).describe('HNSW: candidates while the index is built (efConstruction).'),
  hnswEf: whole().default(100).describe('HNSW: candidates per query (ef).'),
  hnswRecall: said(z.number().min(0).max(1), { takes: 'a number from 0 to 1' })
    .default(0.98)
    .describe('HNSW (usearch): recall that is sought; where a sample of queries has less, ef is doubled, twice at most. 0: whatever it comes to.'),
  finetune: training
    .optional()
    .describe(
      'Also train every encoder on every dataset, with the first pooling given (if none is: cls, the mean of static encoders, the last token of causal ones).',
    ),
});

/** Encoders ranked by estimators of how well they can be fine-tuned. */
export const rankRequest = z.strictObject({
  command: z.literal('rank'),
  suite: text().optional().describe('A named set: its encoders and datasets, unless they are named.'),
  suitesFile,
  ...encoderOptions,
  ...datasetOptions,
  ...registryOptions,
  seed,
  estimator: each(z.enum([...ESTIMATORS, 'all']))
    .default(['all'])
    .describe('Estimators; all: those that mean something of the labels (leep only with a source field).'),
  sourceField: text().optional().describe('leep: the second label field (of your file: column), whose classes are the source.'),
  budget: said(
    z
      .number()
      .min(1)
      .max(240 * 3600),
    { takes: 'a number of seconds from 1 to 864000' },
  )
    .optional()
    .describe(
      'Time limit, as 90s, 2m, 1h (in a request: seconds). Encoders are dropped early on small samples, and the remaining ones ranked on '
        + 'as many texts as it allows. No layer curves.',
    ),
  by: z.enum(ESTIMATORS).optional().describe('The estimator that orders the encoders; if omitted, the first.'),
  pooling: each(z.enum(POOLINGS)).default(['mean', 'layermean']).describe('How token vectors are pooled.'),
  layerMean: z.enum(LAYER_MEANS).default('0..L').describe('Layers that are averaged by the layer means.'),
  dim: each(dim)
    .optional()
    .describe('Keep so many of the first numbers of each vector (Matryoshka), an estimate each: 64,128,256; full: all of them, as if omitted.'),
  curves: z.boolean().default(true).describe('Compare the layers, on a sample of 1000 texts; false skips it.'),
  ...wordOptions,
  k: whole().default(5).describe('Neighbours that vote.'),
});

/** Encoders trained, and scored beside the frozen ones. */
export const finetuneRequest = z.strictObject({
  command: z.literal('finetune'),
  ...encoderOptions,
  ...datasetOptions,
  ...registryOptions,
  seed: each(whole(0)).default([1]).describe('Random seed; several: one run each.'),
  pooling: said(z.enum(POOLINGS), { otherwise: 'cls, mean of static encoders, last of causal ones; of tags the first sub-token' })
    .optional()
    .describe('Pooling that is trained and predicted with.'),
  ...trainingOptions,
  k: whole().default(5).describe('Neighbours that vote.'),
  metric: z.enum(METRICS).default('euclidean').describe('Distance between vectors.'),
  votes: z.enum(VOTES).default('uniform').describe('Uniform votes, or weighted by distance.'),
});

const { objective: _several, vectorsAt: _epochs, ...oneTraining } = trainingOptions;

/** One encoder chosen of several within a budget, by a race of trainings. */
export const chooseRequest = z.strictObject({
  command: z.literal('choose'),
  suite: text().optional().describe('A named set: its encoders where none is named, its datasets likewise.'),
  suitesFile,
  ...encoderOptions,
  ...datasetOptions,
  ...registryOptions,
  seed: each(whole(0))
    .default([1, 2, 3])
    .describe('Random seeds. The race trains with the first; with the others those still tied on all of train, and the winner, as the budget allows.'),
  budget: said(
    z
      .number()
      .min(1)
      .max(240 * 3600),
    { takes: 'a number of seconds from 1 to 864000', otherwise: '1800 (30m)' },
  )
    .optional()
    .describe('Time limit, as 90s, 30m, 2h (in a request: seconds), shared by the datasets.'),
  budgetTexts: whole()
    .optional()
    .describe(
      'In its place the number of passes of texts: 1 for a text that is embedded, 3 for one that is trained. The same choice on every machine.',
    ),
  by: z.enum(ESTIMATORS).exclude(['leep']).default('knn').describe('The estimator that screens the frozen encoders.'),
  pooling: said(z.enum(POOLINGS), { otherwise: 'cls, mean of static encoders, last of causal ones; of tags the first sub-token' })
    .optional()
    .describe('Pooling that is trained and predicted with.'),
  objective: said(z.enum(OBJECTIVE_NAMES), { otherwise: 'cea-all-negatives; of numbers regression; of tags classic' })
    .optional()
    .describe('Training objective (loss).'),
  ...oneTraining,
  k: whole().default(5).describe('Neighbours that vote.'),
  metric: z.enum(METRICS).default('euclidean').describe('Distance between vectors.'),
  votes: z.enum(VOTES).default('uniform').describe('Uniform votes, or weighted by distance.'),
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
  pooling: z.enum(POOLINGS).default('mean').describe('How token vectors are pooled.'),
  dim: whole().optional().describe('Keep so many of the first numbers of each vector (Matryoshka); if omitted, all.'),
  method: each(z.enum(METHODS)).default(['tsne']).describe('Projection to 2D; several: one picture each.'),
  sample: whole()
    .default(1000)
    .describe(
      'Class-stratified sample of this many texts of each dataset. The time of t-SNE grows with its square; '
        + `${MOST_TSNE_TEXTS} at most.`,
    ),
  k: whole().default(5).describe('Neighbours that vote for the score below a map.'),
});

export type RunRequest = z.infer<typeof runRequest>;
export type RankRequest = z.infer<typeof rankRequest>;
export type FinetuneRequest = z.infer<typeof finetuneRequest>;
export type ChooseRequest = z.infer<typeof chooseRequest>;
export type MapRequest = z.infer<typeof mapRequest>;
/** An experiment as it is asked for. */
export type Request = RunRequest | RankRequest | FinetuneRequest | ChooseRequest | MapRequest;
/** How encoders are trained, with what stands for what was left out. */
export type TrainingRequest = z.infer<typeof training>;

import type { Unit } from '../choosing/budget.ts';
import type { Task } from '../datasets/dataset.ts';
import { ALL_POOLINGS, POOLINGS, type Pooling } from '../embed/vectors.ts';
import { promptChoices } from '../encoders/prompts.ts';
import { HarnessError, option } from '../errors.ts';
import { CLASS_ESTIMATORS, type EstimatorName } from '../estimators/estimators.ts';
import { MOST_TSNE_TEXTS, type Method } from '../maps/projection.ts';
import type { Registries } from '../registry/registries.ts';
import type { SuiteEntry } from '../registry/schema.ts';
import { findSuite, loadSuites } from '../registry/suites.ts';
import { checkDevice } from '../training/device.ts';
import { checkObjectiveOptions } from '../training/check-objective.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import { objectiveOptions } from '../training/options.ts';
import { chosenDatasets, chosenEncoders, openingOf, readingOf } from './named-refs.ts';
import type { Prompts } from './prompted.ts';
import type { RankSettings } from './settings.ts';
import type { MapSettings } from './settings.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { ChooseRequest, FinetuneRequest, MapRequest, RankRequest, RunRequest, TrainingRequest } from './request.ts';
import { DEFAULT_PROTOCOLS, type Settings } from './settings.ts';
import type { TrainingChoice } from './training-choice.ts';
import type { Opening, Reading } from './workspace.ts';

/**
 * Requests with every name looked up and every default settled. Whatever can be wrong of a request without its data is found here, before
 * anything is fetched, and before anything of a results folder is touched.
 */

/** What is run with, and decides no result. */
export interface Resources {
  readonly threads: number;
  /** Tokens of a batch. */
  readonly tokenBudget: number;
}

interface Named {
  readonly encoders: readonly EncoderRef[];
  readonly datasets: readonly DatasetRef[];
  readonly reading: Reading;
  readonly opening: Opening;
  /** What is put before every text, each by itself, in an order of their own; undefined: what the encoders' makers put there. */
  readonly prompts?: Prompts;
}

/** Training, and where its vectors are taken. */
export interface Training {
  readonly choice: TrainingChoice;
  /** undefined: what `trainedPooling` says of each encoder. */
  readonly pooling: Pooling | undefined;
}

export interface RunExperiment extends Named {
  readonly command: 'run';
  /** Key of the suite whose datasets are taken; undefined where datasets are named. */
  readonly suite: string | undefined;
  readonly settings: Settings;
  readonly training: Training | undefined;
}

export interface RankExperiment extends Named {
  readonly command: 'rank';
  readonly settings: RankSettings;
  readonly budgetMs: number | undefined;
}

export interface FinetuneExperiment extends Named, Training {
  readonly command: 'finetune';
}

/** What the choice may take of all: milliseconds, or passes of texts. */
export interface ChoiceBudget {
  readonly unit: Unit;
  readonly amount: number;
}

export interface ChooseExperiment extends Named, Training {
  readonly command: 'choose';
  /** How the frozen encoders are screened. */
  readonly screen: RankSettings;
  readonly budget: ChoiceBudget;
}

export interface MapExperiment extends Named {
  readonly command: 'map';
  readonly methods: readonly Method[];
  readonly settings: MapSettings;
  /** The vectors of all encoders side by side are drawn too. */
  readonly concat: boolean;
}

export type Experiment = RunExperiment | RankExperiment | FinetuneExperiment | ChooseExperiment | MapExperiment;

/** What a bare `run` runs. */
export const DEFAULT_SUITE = 'quick';

/** @throws HarnessError OPTION, UNKNOWN_NAME, REGISTRY */
export function resolveRun(request: RunRequest, registries: Registries, resources: Resources): RunExperiment {
  const { suite, fallback, name } = suiteOf(request);
  const chosen = chosenEncoders(request, registries, fallback.encoders);
  const datasets = chosenDatasets(request, registries, fallback.datasets);
  if (chosen.list.length === 0) {
    throw new HarnessError('OPTION', {
      where: option('encoders'),
      what: 'No encoder given.',
      hint: '"concat-all" concatenates the other encoders of the run: give them too.',
    });
  }
  const settings = runSettings(request, suite, resources);
  const concatNorms = chosen.concat && settings.concatNorms.length === 0 ? (['raw'] as const) : settings.concatNorms;
  const { maxLength, dtype, limit, seed } = settings;
  if (request.finetune !== undefined && settings.dims !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('dim'),
      what: 'Encoders are fine-tuned with whole vectors.',
      hint: `Omit it, or omit ${option('finetune')}: a saved fine-tuned encoder can be scored with ${option('dim')} like any other.`,
    });
  }
  const training = request.finetune && {
    choice: trainingChoice(request.finetune, {
      seeds: request.seed,
      ...oneWay(request),
      ...resources,
      hasNumbers: hasNumbers(datasets, request.task),
      mayHaveTags: mayHaveTags(datasets, request.task),
    }),
    pooling: request.pooling === undefined ? undefined : settings.poolings[0],
  };
  return {
    command: 'run',
    suite: request.datasets === undefined ? name : undefined,
    encoders: chosen.list,
    datasets,
    settings: { ...settings, concatNorms },
    reading: { ...readingOf(request, seed), limit },
    opening: { ...openingOf(request), maxLength, dtype },
    ...promptsOf(request),
    training,
  };
}

/**
 * Estimators of a text's layers: a fit at every layer would take as long as all others together, so that fitted ones are asked for by name.
 */
export const FITTED: readonly EstimatorName[] = ['linear-probe', 'leep', 'ridge'];
const CURVE_TEXTS = 1000;

/** What a bare `rank` compares: a small encoder, whole and truncated, on a small dataset; what is named takes the place of its half. */
const BARE_RANK = { encoders: ['all-MiniLM-L6-v2', 'all-MiniLM-L6-v2@3'], dtype: 'q4', datasets: ['sms-spam'] } as const;

/** @throws HarnessError OPTION, UNKNOWN_NAME, REGISTRY */
export function resolveRank(request: RankRequest, registries: Registries, resources: Resources): RankExperiment {
  if (request.labels === 'all') {
    throw new HarnessError('OPTION', {
      where: option('labels'),
      what: 'Estimators take one class per text.',
      hint: `Omit it: the first of several labels is used; or choose a field with ${option('labelField')}.`,
    });
  }
  const suite = request.suite === undefined ? undefined : findSuite(loadSuites(request.suitesFile), request.suite);
  const { list, concat } = chosenEncoders(request, registries, suite?.encoders ?? BARE_RANK.encoders);
  const datasets = chosenDatasets(request, registries, suite?.datasets ?? BARE_RANK.datasets);
  checkNamed({ encoders: list, datasets, done: 'ranked', concat });
  const { k, seed, budget, sourceField, encoders } = request;
  const dtype = request.dtype ?? (suite === undefined ? (encoders === undefined ? BARE_RANK.dtype : undefined) : suite.dtype);
  return {
    command: 'rank',
    encoders: list,
    datasets,
    reading: { ...readingOf(request, seed), limit: request.limit ?? suite?.limit, labels: 'first' },
    opening: openingOf({ ...request, dtype, maxLength: request.maxLength ?? suite?.maxLength }),
    ...promptsOf(request),
    settings: {
      ...estimatorsOf(request),
      ...wordsOf(request),
      poolings: request.pooling,
      layerMeans: [request.layerMean],
      ...dimsOf(request),
      k,
      seed,
      ...resources,
      sourceField,
      // A text of the sample has k neighbours beside itself.
      curveTexts: !request.curves || budget !== undefined ? 0 : Math.max(CURVE_TEXTS, k + 1),
    },
    budgetMs: budget === undefined ? undefined : budget * 1000,
  };
}

/** What a bare `finetune` trains: small enough for three minutes on two cores. */
const BARE = { encoders: ['all-MiniLM-L6-v2'], dtype: 'q4', datasets: ['sentiment-yelp'], pooling: 'mean', epochs: 3 } as const;
const DEFAULT_EPOCHS = 10;

/**
 * Without an encoder and a dataset the bare experiment is meant; either alone is completed by its other half. @throws HarnessError OPTION,
 * UNKNOWN_NAME
 */
export function resolveFinetune(given: FinetuneRequest, registries: Registries, resources: Resources): FinetuneExperiment {
  const { encoders, datasets: named } = given;
  const [noEncoder, noDataset] = [encoders === undefined, named === undefined];
  const request: FinetuneRequest = {
    ...given,
    encoders: encoders ?? [...BARE.encoders],
    datasets: named ?? [...BARE.datasets],
    dtype: given.dtype ?? (noEncoder ? BARE.dtype : undefined),
    pooling: given.pooling ?? (noEncoder && noDataset ? BARE.pooling : undefined),
    epochs: given.epochs ?? (noEncoder && noDataset ? BARE.epochs : undefined),
  };
  const { list, concat } = chosenEncoders(request, registries);
  const datasets = chosenDatasets(request, registries);
  checkNamed({ encoders: list, datasets, done: 'trained', concat });
  const { k, metric, votes, seed } = request;
  return {
    command: 'finetune',
    encoders: list,
    datasets,
    reading: readingOf(request, seed[0]!),
    opening: openingOf(request),
    ...promptsOf(request),
    choice: trainingChoice(request, {
      seeds: seed,
      k,
      metric,
      votes,
      ...resources,
      hasNumbers: hasNumbers(datasets, request.task),
      mayHaveTags: mayHaveTags(datasets, request.task),
    }),
    pooling: request.pooling,
  };
}

/** Where no budget is named. */
const DEFAULT_BUDGET_MS = 30 * 60_000;
/** Layers are compared on the first texts of the screen: it is a note, and decides nothing. */
const SCREEN_CURVE_TEXTS = 200;

/** @throws HarnessError OPTION, UNKNOWN_NAME, REGISTRY */
export function resolveChoose(request: ChooseRequest, registries: Registries, resources: Resources): ChooseExperiment {
  const { suite: named, suitesFile, budget, budgetTexts, by, k, metric, votes, seed, objective, pooling } = request;
  if (budget !== undefined && budgetTexts !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('budgetTexts'),
      what: `It replaces ${option('budget')}.`,
      hint: 'Give only one of the two.',
    });
  }
  const suite: Partial<SuiteEntry> = named === undefined ? {} : findSuite(loadSuites(suitesFile), named);
  const { list, concat } = chosenEncoders(request, registries, suite.encoders);
  const datasets = chosenDatasets(request, registries, suite.datasets);
  checkNamed({ encoders: list, datasets, done: 'trained', concat });
  const opened = { ...request, dtype: request.dtype ?? suite.dtype, maxLength: request.maxLength ?? suite.maxLength };
  const seeds = unique(seed);
  return {
    command: 'choose',
    encoders: list,
    datasets,
    reading: { ...readingOf(request, seeds[0]!), limit: request.limit ?? suite.limit },
    opening: openingOf(opened),
    ...promptsOf(request),
    choice: trainingChoice(
      { ...request, objective: objective && [objective] },
      {
        seeds,
        k,
        metric,
        votes,
        ...resources,
        hasNumbers: hasNumbers(datasets, request.task),
        mayHaveTags: mayHaveTags(datasets, request.task),
      },
    ),
    pooling,
    screen: {
      estimators: [by],
      by,
      poolings: ['mean', 'layermean'],
      layerMeans: ['0..L'],
      k,
      seed: seeds[0]!,
      ...resources,
      curveTexts: Math.max(SCREEN_CURVE_TEXTS, k + 1),
      curveEstimators: [by],
    },
    budget:
      budgetTexts === undefined
        ? { unit: 'ms', amount: budget === undefined ? DEFAULT_BUDGET_MS : budget * 1000 }
        : { unit: 'passes', amount: budgetTexts },
  };
}

/** @throws HarnessError OPTION, UNKNOWN_NAME */
export function resolveMap(request: MapRequest, registries: Registries, resources: Resources): MapExperiment {
  const { pooling, dim, sample, seed, k } = request;
  if (request.method.includes('tsne') && sample > MOST_TSNE_TEXTS) {
    throw new HarnessError('OPTION', {
      where: option('sample'),
      what: `t-SNE takes at most ${MOST_TSNE_TEXTS} texts, got ${sample}.`,
      hint: `Give a smaller ${option('sample')}, or ${option('method')} umap.`,
    });
  }
  const { list, concat } = chosenEncoders(request, registries);
  return {
    command: 'map',
    encoders: list,
    concat,
    datasets: chosenDatasets(request, registries),
    reading: { ...readingOf(request, seed), labels: 'first', limit: sample },
    opening: openingOf(request),
    ...promptsOf(request),
    methods: unique(request.method),
    settings: { pooling, ...(dim !== undefined && { dim }), sample, seed, k, ...resources },
  };
}

interface SuiteChoice {
  readonly name: string;
  /** Where everything comes from the suite, its poolings and protocols count too. */
  readonly suite: Partial<SuiteEntry>;
  /** For the side (encoders, datasets) that the request does not name. */
  readonly fallback: Pick<SuiteEntry, 'encoders' | 'datasets'>;
}

function suiteOf({ suite: named, suitesFile, encoders, datasets }: RunRequest): SuiteChoice {
  const suites = loadSuites(suitesFile);
  const suite = findSuite(suites, named ?? DEFAULT_SUITE);
  const name = [...suites].find(([, entry]) => entry === suite)![0];
  checkSuite({ suite, name, file: suitesFile ?? 'suites.json' });
  if (named !== undefined || (encoders === undefined && datasets === undefined)) return { name, suite, fallback: suite };
  // Of the default suite only what fills the gap: its number type belongs to its encoder, its sample to its data.
  const { dtype, limit } = suite;
  return {
    name,
    suite: { dtype: encoders === undefined ? dtype : undefined, limit: datasets === undefined ? limit : undefined },
    fallback: suite,
  };
}

/** What a suite may name as poolings, where a request may. */
const SUITE_POOLINGS: readonly string[] = [...POOLINGS, 'all', 'concat'];

/** Throws REGISTRY for a pooling that is none: its rows would be missing in silence. */
function checkSuite({ suite: { poolings = [] }, name, file }: { suite: SuiteEntry; name: string; file: string }): void {
  const strange = poolings.find((pooling) => !SUITE_POOLINGS.includes(pooling));
  if (strange === undefined) return;
  throw new HarnessError('REGISTRY', {
    where: file,
    what: `${name}.poolings has an unknown pooling ${JSON.stringify(strange)}.`,
    hint: `Poolings: ${SUITE_POOLINGS.join(', ')}.`,
  });
}

function runSettings(request: RunRequest, suite: Partial<SuiteEntry>, { threads, tokenBudget }: Resources): Settings {
  const given = request.pooling ?? (suite.poolings as RunRequest['pooling']) ?? ['all'];
  const concat = given.includes('concat');
  const plain = given.flatMap((name) => (name === 'all' ? ALL_POOLINGS : name === 'concat' ? [] : [name]));
  const poolings = [...new Set<Pooling>(plain.length === 0 ? ALL_POOLINGS : plain)];
  const [seed = 1, ...others] = request.seed;
  if (others.length > 0 && request.finetune === undefined) {
    throw new HarnessError('OPTION', {
      where: option('seed'),
      what: 'Frozen encoders are scored with one seed.',
      hint: `Give one, or add ${option('finetune')} for one training run per seed.`,
    });
  }
  const { layers } = request;
  return {
    poolings,
    layers: typeof layers === 'string' ? layers : ascending(layers),
    layerMeans: unique(request.layerMean),
    ...dimsOf(request),
    concatNorms: concat ? unique(request.concatNorm) : [],
    protocols: unique(request.protocol ?? suite.protocols ?? DEFAULT_PROTOCOLS),
    ...(request.protocol === undefined && suite.protocols === undefined && { anyProtocol: true as const }),
    ...wordsOf(request),
    ks: ascending(request.k),
    metrics: unique(request.metric),
    votes: unique(request.votes),
    index: request.index,
    hnsw: { m: request.hnswM, efConstruction: request.hnswEfConstruction, ef: request.hnswEf, recall: request.hnswRecall, seed },
    labels: request.labels,
    limit: request.limit ?? suite.limit,
    deduplicate: request.deduplicate === true || undefined,
    seed,
    maxLength: request.maxLength ?? suite.maxLength,
    dtype: request.dtype ?? suite.dtype,
    threads,
    tokenBudget,
  };
}

/** A trained encoder is scored in one way. */
function oneWay({ k, metric, votes }: RunRequest): Pick<FinetuneRequest, 'k' | 'metric' | 'votes'> {
  for (const [name, values] of Object.entries({ k, metric, votes })) {
    if (values.length === 1) continue;
    throw new HarnessError('OPTION', {
      where: option(name),
      what: `Fine-tuning takes a single value, got ${values.length}.`,
      hint: 'Give one.',
    });
  }
  return { k: k[0]!, metric: metric[0]!, votes: votes[0]! };
}

interface TrainingScores extends Pick<FinetuneRequest, 'k' | 'metric' | 'votes'>, Pick<Resources, 'threads'> {
  readonly seeds: readonly number[];
  /** Whether the labels of a dataset are numbers. */
  readonly hasNumbers: boolean;
  /** Whether words of a dataset may have tags. */
  readonly mayHaveTags: boolean;
}

/** What is trained for where nothing is asked for. */
const DEFAULT_OBJECTIVES = { classes: ['cea-all-negatives'], numbers: ['regression'], tags: ['classic'] } as const;

function hasNumbers(datasets: readonly DatasetRef[], asked: Task | undefined): boolean {
  return datasets.some((each) => (asked ?? (each.kind === 'entry' ? each.entry.task : 'classification')) === 'regression');
}

/** Whether words of a dataset may have tags: of a file it is found when it is read. */
function mayHaveTags(datasets: readonly DatasetRef[], asked: Task | undefined): boolean {
  return datasets.some(
    (each) =>
      (asked ?? (each.kind === 'entry' ? (each.entry.task ?? 'classification') : 'token-classification')) === 'token-classification',
  );
}

function trainingChoice(
  request: TrainingRequest,
  { seeds, k, metric, votes, threads, hasNumbers: numbers, mayHaveTags: tags }: TrainingScores,
): TrainingChoice {
  const { epochs = DEFAULT_EPOCHS, vectorsAt = [], device } = request;
  checkDevice(device);
  const beyond = vectorsAt.find((epoch) => epoch > epochs);
  if (beyond !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('vectorsAt'),
      what: `No epoch ${beyond} in ${epochs} epochs.`,
      hint: `Give epochs from 0 (before training) to ${epochs}, or more ${option('epochs')}.`,
    });
  }
  const { temperature, scale, margin, weight, secondWeight, multiLabel = false } = request;
  const options = objectiveOptions({ temperature, scale, margin, weight, secondWeight, multiLabel });
  const objectives = request.objective ?? DEFAULT_OBJECTIVES.classes;
  const ofNumbers = request.objective === undefined && numbers ? DEFAULT_OBJECTIVES.numbers : undefined;
  const ofTags = request.objective === undefined && tags ? DEFAULT_OBJECTIVES.tags : undefined;
  for (const name of [...(ofNumbers ?? []), ...objectives])
    checkObjectiveOptions({ objective: OBJECTIVES[name], options, batchSize: request.batchSize });
  const { lr, batchSize, schedule, warmup, clip, balanced = false, bestEpochBy } = request;
  return {
    objectives: unique(objectives),
    ...(ofNumbers !== undefined && { ofNumbers }),
    ...(ofTags !== undefined && { ofTags }),
    objectiveOptions: options,
    seeds: unique(seeds),
    settings: { epochs, lr, batchSize, schedule, warmup, clip, balanced, bestEpochBy },
    neighbours: { k, metric, votes, threads },
    shares: { test: request.testShare, dev: request.devShare },
    trainer: {
      freeze: unique(request.freeze ?? []),
      weightDecay: request.weightDecay,
      decayMatricesOnly: request.decay === 'matrices',
      denseEmbeddings: request.denseEmbeddings ?? false,
      dropout: request.dropout,
      accumulate: request.accumulate,
      chunkTokens: request.chunkTokens,
      threads,
      device,
    },
    vectorsAt: unique(vectorsAt),
    secondLabelField: request.secondLabelField,
  };
}

/** How pairs are read, how words are pooled, and how many of them are looked at, where somebody asks. */
function wordsOf({
  pair,
  wordPooling,
  wordsPerClass,
}: Pick<RunRequest, 'pair' | 'wordPooling' | 'wordsPerClass'>): Pick<Settings, 'pairs' | 'wordPoolings' | 'wordsPerClass'> {
  return {
    ...(pair !== undefined && { pairs: unique(pair) }),
    ...(wordPooling !== undefined && { wordPoolings: unique(wordPooling) }),
    ...(wordsPerClass !== undefined && { wordsPerClass }),
  };
}

/** What is ranked by, and what compares the layers. */
function estimatorsOf({
  estimator,
  sourceField,
  by: wanted,
  pooling,
}: RankRequest): Pick<RankSettings, 'estimators' | 'every' | 'by' | 'curveEstimators'> {
  if ((pooling as readonly string[]).includes('concat')) {
    throw new HarnessError('OPTION', { where: option('pooling'), what: 'Concatenations cannot be ranked.', hint: 'Omit it.' });
  }
  const all = estimator.includes('all');
  const named = all
    ? CLASS_ESTIMATORS.filter((name) => name !== 'leep' || sourceField !== undefined || estimator.includes(name))
    : unique(estimator as readonly EstimatorName[]);
  const by = wanted ?? named[0]!;
  const estimators = named.includes(by) ? named : [by, ...named];
  if (estimators.includes('leep') && sourceField === undefined) {
    throw new HarnessError('OPTION', {
      where: option('estimator'),
      what: 'leep needs a second label of each text.',
      hint: `Give its field with ${option('sourceField')}.`,
    });
  }
  if (!estimators.includes('leep') && sourceField !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('sourceField'),
      what: 'It applies only to leep.',
      hint: `Add leep to ${option('estimator')}, or omit it.`,
    });
  }
  return {
    estimators,
    ...(all && { every: true as const }),
    by,
    curveEstimators: all ? estimators.filter((name) => name === by || !FITTED.includes(name)) : estimators,
  };
}

interface CheckNamedParams extends Pick<Named, 'encoders' | 'datasets'> {
  /** What is done to them: ranked, trained. */
  readonly done: string;
  readonly concat: boolean;
}

function checkNamed({ encoders, datasets, done, concat }: CheckNamedParams): void {
  if (encoders.length === 0 || concat) {
    throw new HarnessError('OPTION', {
      where: option('encoders'),
      what: concat ? `Concatenations cannot be ${done}.` : 'No encoder given.',
      hint: `Give encoders with ${option('encoders')} or ${option('model')}.`,
    });
  }
  if (datasets.length > 0) return;
  throw new HarnessError('OPTION', {
    where: option('datasets'),
    what: 'No dataset given.',
    hint: `Give one with ${option('datasets')} or ${option('dataset')}.`,
  });
}

/** Undefined where nobody asks, so that it is then no part of a digest. */
function promptsOf({ prompts }: Pick<RunRequest, 'prompts'>): Pick<Named, 'prompts'> {
  return prompts === undefined ? {} : { prompts: promptChoices(prompts) };
}

/** Whole vectors first, then ascending; whole ones alone are what there is without the option. */
function dimsOf({ dim }: Pick<RunRequest, 'dim'>): Pick<Settings, 'dims'> {
  if (dim === undefined) return {};
  const full = dim.includes('full') ? (['full'] as const) : [];
  const cut = ascending(dim.filter((each) => each !== 'full'));
  return cut.length === 0 ? {} : { dims: [...full, ...cut] };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function ascending(values: readonly number[]): number[] {
  return unique(values).toSorted((a, b) => a - b);
}

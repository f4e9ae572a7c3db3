import { itemsOf } from '../datasets/items.ts';
import { trainingPasses } from '../choosing/budget.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { limitedCounts } from '../datasets/limit.ts';
import { missingSentences } from '../embed/embed-words.ts';
import { missingTexts } from '../embed/missing-texts.ts';
import { textsOfPairs } from '../embed/pair-rows.ts';
import { VectorStore } from '../embed/store.ts';
import { tooFewNumbers } from '../embed/cut.ts';
import type { PooledVector, Pooling } from '../embed/vectors.ts';
import { flopsPerToken } from '../encoders/cost.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { NO_PROMPT, promptColumn, type PromptChoice } from '../encoders/prompts.ts';
import { checkNeighbours, checkProtocols } from '../knn/check-protocols.ts';
import { CONCAT_ALL } from '../results/encoder-names.ts';
import { cellKey } from '../results/merge.ts';
import type { Row } from '../results/row.ts';
import { combineAvailability } from '../sources/availability.ts';
import type { Availability } from '../sources/types.ts';
import type { ObjectiveName } from '../training/objective.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import { checkMapped, mapVector } from './map-vector.ts';
import { checkDims } from './opening.ts';
import { checkPlaces } from './plan-estimates.ts';
import { planScores, plannedRows } from './plan-scores.ts';
import { checkPrompts, eachPrompt, promptedWith, type Unprompted } from './prompted.ts';
import { splitSizes } from './race-trainings.ts';
import { rankedVectors } from './rank-encoder.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { Experiment, RankExperiment, RunExperiment, Training } from './resolve.ts';
import { encoderVectors } from './score-grid.ts';
import { protocolsOf, type RankSettings, type Settings } from './settings.ts';
import { inShard, type Shard } from './shard.ts';
import { expectedRows } from './train-job.ts';
import { forTraining, objectivesOf, poolingOf } from './trained-inputs.ts';
import type { Workspace } from './workspace.ts';

/**
 * What an experiment would do and cost, without a download and without writing anything: the jobs of what is on this disk, and what the
 * registries say of the rest.
 */
export interface Outline {
  readonly work: readonly OutlinedWork[];
  readonly encoders: readonly OutlinedEncoder[];
  readonly datasets: readonly OutlinedDataset[];
}

/** One encoder with one prompt on one dataset. */
export interface OutlinedWork {
  readonly encoder: string;
  /** As results.csv will have it, where it is known already; '' for none. */
  readonly prompt: string;
  readonly dataset: string;
  /** How it is trained; undefined: it stays frozen. */
  readonly training: { readonly objective: string; readonly seed: number } | undefined;
  /** Rows that it will have; undefined as long as files are missing that say so. */
  readonly rows: number | undefined;
  readonly texts: number | undefined;
  /** Texts that are to be run, as often as they are. */
  readonly toRun: number | undefined;
  /** Of a training: passes of texts, a step being three. */
  readonly passes?: number | undefined;
  /** A guess. */
  readonly seconds: number | undefined;
}

interface Outlined<T> {
  readonly name: string;
  readonly availability: Availability;
  /** What it is, where it is on this disk already. */
  readonly opened: T | undefined;
}

export interface OutlinedEncoder extends Outlined<Encoder> {
  readonly ref: EncoderRef;
  /** Layers that count, by its file or else by the registry. */
  readonly depth: number | undefined;
}

export interface OutlinedDataset extends Outlined<Dataset> {
  readonly ref: DatasetRef;
  /** By its files or else by the registry. */
  readonly texts: number | undefined;
  readonly splits: number | undefined;
}

/** What the registry calls encoders without layers. */
const STATIC_FAMILY = 'model2vec';
/** What a thread multiplies a second in an encoder: a cautious guess, for minutes that are an estimate. */
export const FLOPS_A_THREAD = 50e9;
/** English text, roughly. */
const CHARACTERS_A_TOKEN = 4.5;
/** Of a text that nobody has read yet: a sentence or two. */
const TYPICAL_TOKENS = 25;
/** Train, dev and test, which training cuts where there are none. */
const TRAINED_SPLITS = 3;

/** @throws HarnessError what would end the experiment, as far as it is seen without a download */
export async function outline(
  experiment: Experiment,
  { workspace, shard }: { readonly workspace: Workspace; readonly shard: Shard | undefined },
): Promise<Outline> {
  const encoders = await Promise.all(experiment.encoders.map((ref) => outlinedEncoder(ref, experiment, workspace)));
  const prompted = promptedEncoders(encoders, experiment, { workspace, shard });
  const datasets: OutlinedDataset[] = [];
  for (const ref of experiment.datasets) datasets.push(await outlinedDataset(ref, experiment, workspace));
  const names = { encoders: encoders.map(({ name }) => name), datasets: datasets.map(({ name }) => name) };
  const concat = experiment.command === 'run' && experiment.settings.concatNorms.length > 0;
  const includes = inShard({ ...names, shard, concat });
  const store = new VectorStore(workspace.vectorFolder);
  const work: OutlinedWork[] = [];
  for (const dataset of datasets) {
    const own = encoders.filter(({ name }) => includes(name, dataset.name));
    for (const prompt of eachPrompt(experiment.prompts)) {
      const having = prompted.filter((each) => each.prompt === prompt && own.some(({ name }) => name === each.name));
      for (const encoder of having) work.push(...(await workOf(experiment, { encoder, dataset, store })));
      if (experiment.command === 'run' && concat && own.length > 1 && having.length === own.length) {
        work.push(concatenation(experiment, having, dataset));
      }
    }
  }
  return { work, encoders, datasets };
}

/** An encoder with a prompt. */
interface PromptedEncoder extends OutlinedEncoder {
  readonly prompt: PromptChoice | undefined;
}

/** Encoders with each prompt that they can be used with. Throws OPTION for a prompt, or a length of vectors, that is of none of them. */
function promptedEncoders(
  encoders: readonly OutlinedEncoder[],
  experiment: Experiment,
  { workspace, shard }: { readonly workspace: Workspace; readonly shard: Shard | undefined },
): PromptedEncoder[] {
  const unprompted: Unprompted[] = [];
  const found = encoders.flatMap((encoder): PromptedEncoder[] => {
    const { opened } = encoder;
    if (opened === undefined) return eachPrompt(experiment.prompts).map((prompt) => ({ ...encoder, prompt }));
    const withEach = promptedWith({ encoder: opened }, experiment.prompts, (of, prompt) => ({
      encoder: workspace.prompted(of.encoder, prompt),
    }));
    return withEach.flatMap((each) => {
      if ('opened' in each) return [{ ...encoder, prompt: each.prompt, opened: each.opened.encoder }];
      unprompted.push({ encoder: encoder.name, prompt: each.prompt!, error: each.error });
      return [];
    });
  });
  // Of those that are not here yet nobody knows.
  if (shard === undefined) checkPrompts(unprompted, encoders.length);
  const opened = found.flatMap((each) => (each.opened === undefined ? [] : [{ name: each.name, encoder: each.opened }]));
  if (opened.length === found.length) checkLengths(experiment, opened);
  return found;
}

/** Throws OPTION where vectors of every encoder have fewer numbers than are to be kept. */
function checkLengths(experiment: Experiment, opened: readonly { readonly name: string; readonly encoder: Encoder }[]): void {
  if (experiment.command === 'run') checkDims(opened, experiment.settings);
  if (experiment.command === 'rank')
    checkPlaces(
      opened.map(({ encoder }) => encoder),
      experiment.settings,
    );
  if (experiment.command === 'map')
    checkMapped(
      opened.map(({ encoder }) => encoder),
      experiment.settings,
    );
}

interface Pair {
  readonly encoder: PromptedEncoder;
  readonly dataset: OutlinedDataset;
  readonly store: VectorStore;
}

async function workOf(experiment: Experiment, pair: Pair): Promise<OutlinedWork[]> {
  switch (experiment.command) {
    case 'run': {
      const planned = plannedRowsOf(experiment, pair);
      const rows = planned?.length ?? listedRows(experiment, pair);
      const scored = { ...about(pair), rows, ...(await embedding(pair, vectorsOf(experiment.settings), experiment.settings.threads)) };
      return [scored, ...(experiment.training === undefined ? [] : trainings(experiment.training, pair, planned))];
    }
    case 'rank':
      return [
        {
          ...about(pair),
          rows: estimatedRows(experiment, pair),
          ...(await embedding(pair, rankVectorsOf(experiment.settings), experiment.settings.threads)),
        },
      ];
    case 'finetune':
      return trainings(experiment, pair);
    case 'choose': {
      const { screen, choice } = experiment;
      const screened = { ...about(pair), rows: 0, ...(await embedding(pair, rankVectorsOf(screen), screen.threads)) };
      // At the most: each on all of train with the first seed.
      return [screened, ...trainings({ ...experiment, choice: { ...choice, seeds: choice.seeds.slice(0, 1) } }, pair)];
    }
    case 'map': {
      const { methods, settings } = experiment;
      const vectors: VectorsOf = (encoder) => [mapVector(encoder, settings.pooling)];
      return [{ ...about(pair), rows: methods.length, ...(await embedding(pair, vectors, settings.threads)) }];
    }
    default:
      return experiment satisfies never;
  }
}

function about({
  encoder,
  dataset,
}: Pick<Pair, 'encoder' | 'dataset'>): Pick<OutlinedWork, 'encoder' | 'prompt' | 'dataset' | 'texts' | 'training'> {
  return {
    encoder: encoder.name,
    prompt: promptColumn(encoder.opened?.prompt ?? encoder.prompt),
    dataset: dataset.name,
    texts: dataset.texts,
    training: undefined,
  };
}

/** The rows of frozen vectors, as the jobs say them; undefined unless both are here. */
function plannedRowsOf({ settings, reading, opening }: RunExperiment, { encoder, dataset }: Pair): Row[] | undefined {
  if (encoder.opened === undefined || dataset.opened === undefined) return undefined;
  const { jobs } = planScores({
    encoders: [{ name: encoder.name, ref: encoder.ref, prompt: encoder.prompt, encoder: encoder.opened }],
    datasets: [{ name: dataset.name, ref: dataset.ref, dataset: dataset.opened, protocols: protocolsOf(dataset.opened, settings) }],
    reading,
    opening,
    settings: { ...settings, concatNorms: [] },
    trained: false,
    includes: () => true,
  });
  return plannedRows(jobs);
}

/** How many they are by what the registry says of layers and splits. */
function listedRows({ settings }: RunExperiment, { encoder, dataset }: Pair): number | undefined {
  const scores = scoresOf(dataset, settings);
  if (encoder.depth === undefined || scores === undefined || isUnknown(encoder, settings)) return undefined;
  return encoderVectors(encoder.opened ?? { depth: encoder.depth }, encoder.name, settings).length * scores;
}

/** Whether an encoder was published with a pooling is asked for, and in a file that is not here. */
function isUnknown({ opened }: OutlinedEncoder, { poolings }: { readonly poolings: readonly Pooling[] }): boolean {
  return opened === undefined && poolings.includes('as-published');
}

/** Rows of all encoders side by side: of the vectors that each of them has. */
function concatenation({ settings }: RunExperiment, encoders: readonly PromptedEncoder[], dataset: OutlinedDataset): OutlinedWork {
  const scores = scoresOf(dataset, settings);
  const prompt = promptColumn(encoders[0]!.prompt);
  const shared = { encoder: CONCAT_ALL, prompt, dataset: dataset.name, texts: dataset.texts, training: undefined, toRun: 0, seconds: 0 };
  if (scores === undefined || encoders.some((each) => each.depth === undefined || isUnknown(each, settings)))
    return { ...shared, rows: undefined };
  const [first, ...others] = encoders.map(
    ({ depth, opened, name }) =>
      new Set(encoderVectors(opened ?? { depth: depth! }, name, settings).map(({ pooling, layers, dim }) => `${pooling} ${layers} ${dim}`)),
  );
  const common = [...first!].filter((vector) => others.every((other) => other.has(vector)));
  return { ...shared, rows: common.length * settings.concatNorms.length * scores };
}

/** Rows of one vector of a dataset. */
function scoresOf({ splits }: OutlinedDataset, settings: Settings): number | undefined {
  if (splits === undefined) return undefined;
  const parts = settings.protocols.reduce((sum, protocol) => sum + (protocol !== 'fit-train' ? 1 : splits > 1 ? splits : 0), 0);
  return parts * settings.ks.length * settings.metrics.length * settings.votes.length;
}

function estimatedRows({ settings }: RankExperiment, { encoder }: Pair): number | undefined {
  const { opened, depth, name } = encoder;
  if (depth === undefined || isUnknown(encoder, settings)) return undefined;
  const { places, layers } = rankedVectors({ ...(opened ?? { depth, published: undefined }), name }, settings);
  const errorOf = opened === undefined ? () => undefined : tooFewNumbers(opened);
  return (
    places.filter((place) => errorOf(place) === undefined).length * settings.estimators.length +
    layers.length * settings.curveEstimators.length
  );
}

/**
 * A training each: the frozen encoder's rows, unless an earlier one of them has these or they are `planned` already, and the trained one's.
 */
function trainings({ choice, pooling }: Training, { encoder, dataset }: Pair, planned: readonly Row[] = []): OutlinedWork[] {
  const { opened } = dataset;
  const seen = new Set(planned.map(cellKey));
  const isFresh = (row: Row): boolean => !seen.has(cellKey(row)) && seen.add(cellKey(row)) !== undefined;
  const splits = opened === undefined ? TRAINED_SPLITS : new Set(forTraining(opened, choice).split).size;
  const toTrain = opened === undefined ? undefined : forTraining(opened, choice).split.filter((split) => split === 0).length;
  const { epochs } = choice.settings;
  // Of each epoch the texts of train are run and stepped, and all are run once more to be scored.
  const toRun = toTrain === undefined || opened === undefined ? undefined : epochs * (toTrain + opened.texts.length) + opened.texts.length;
  const objectives = opened === undefined ? choice.objectives : objectivesOf(opened, choice);
  const byHead = OBJECTIVES[objectives[0]!].predicts === 'head';
  const cut = opened === undefined ? undefined : splitSizes(forTraining(opened, choice));
  const passes = cut && trainingPasses({ ...cut, epochs, byHead });
  const perText =
    opened === undefined || encoder.opened === undefined
      ? undefined
      : secondsOf(encoder.opened, tokensOf(encoder.opened, opened.texts) / opened.texts.length, choice.trainer.threads);
  const rowsOf = (objective: ObjectiveName, seed: number): Row[] | undefined => {
    if (opened === undefined || encoder.opened === undefined) return undefined;
    const target = { encoder: encoder.opened, files: { name: encoder.name, folder: '', onnx: undefined } };
    return expectedRows({
      target,
      dataset: forTraining(opened, choice),
      second: undefined,
      pooling: poolingOf(opened, pooling, encoder.opened),
      objective,
      seed,
      choice,
    });
  };
  return objectives.flatMap((objective) =>
    choice.seeds.map((seed): OutlinedWork => {
      const isFirst = objective === objectives[0] && seed === choice.seeds[0];
      const rows = rowsOf(objective, seed)?.filter(isFresh).length ?? (isFirst ? 2 : 1) * splits;
      const seconds = perText === undefined || passes === undefined ? undefined : passes * perText;
      return { ...about({ encoder, dataset }), training: { objective, seed }, rows, toRun, passes, seconds };
    }),
  );
}

type VectorsOf = (encoder: Encoder) => readonly PooledVector[];

function vectorsOf(settings: Settings): VectorsOf {
  return (encoder) => encoderVectors(encoder, encoder.name, settings);
}

function rankVectorsOf(settings: RankSettings): VectorsOf {
  return (encoder) => rankedVectors(encoder, settings).places;
}

interface StoreParams {
  readonly encoder: Encoder;
  readonly vectors: readonly PooledVector[];
  readonly store: VectorStore;
}

/**
 * Texts that have to be run: of pairs read apart both of each, of sentences with tags those of whose words the first vector is not there.
 */
async function missingOf(dataset: Dataset, { encoder, vectors, store }: StoreParams): Promise<readonly string[]> {
  if (dataset.task === 'token-classification') {
    const specs = [{ word: 'first' as const, layers: [encoder.depth], combine: 'one' as const }];
    return (await missingSentences({ encoder, sentences: dataset.words, specs, store })).map((words) => words.join(' '));
  }
  return missingTexts({ encoder, texts: textsOfPairs(dataset), specs: vectors.map(({ spec }) => spec), store });
}

/** Of a dataset that nobody has read yet, all its texts and tokens as texts have as a rule. */
async function embedding(
  { encoder, dataset, store }: Pair,
  vectors: VectorsOf,
  threads: number,
): Promise<Pick<OutlinedWork, 'toRun' | 'seconds'>> {
  const { opened } = encoder;
  if (opened === undefined || dataset.texts === undefined) return { toRun: dataset.texts, seconds: undefined };
  const missing =
    dataset.opened === undefined ? undefined : await missingOf(dataset.opened, { encoder: opened, vectors: vectors(opened), store });
  const tokens = missing === undefined ? dataset.texts * Math.min(opened.maxLength, TYPICAL_TOKENS) : tokensOf(opened, missing);
  return { toRun: missing?.length ?? dataset.texts, seconds: secondsOf(opened, tokens, threads) };
}

function tokensOf({ maxLength, tokenizer }: Encoder, texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Math.min(maxLength, text.length / CHARACTERS_A_TOKEN + tokenizer.specials), 0);
}

function secondsOf({ depth, states, model }: Encoder, tokens: number, threads: number): number {
  // A static encoder: its texts are tokenised, and hardly more.
  if (states.length === 1) return 0;
  const share = depth / (states.length - 1);
  return (tokens * flopsPerToken(model.proto.graph!) * share) / (FLOPS_A_THREAD * threads);
}

function onDisk({ state }: Availability): boolean {
  return state === 'cached' || state === 'mirrored' || state === 'local';
}

async function outlinedEncoder(ref: EncoderRef, { opening, prompts }: Experiment, workspace: Workspace): Promise<OutlinedEncoder> {
  const availability = await encoderAvailability(ref, opening.dtype, workspace);
  const opened = onDisk(availability)
    ? await workspace.openEncoder(ref, prompts === undefined ? opening : { ...opening, prompt: NO_PROMPT })
    : undefined;
  const listed = ref.kind === 'entry' ? (ref.entry.layers ?? (ref.entry.family === STATIC_FAMILY ? 0 : undefined)) : undefined;
  return { name: ref.name, ref, availability, opened, depth: opened?.depth ?? ref.firstLayers ?? listed };
}

async function encoderAvailability(ref: EncoderRef, dtype: string | undefined, { sources }: Workspace): Promise<Availability> {
  switch (ref.kind) {
    case 'folder':
      return { state: 'local', bytes: 0 };
    case 'hub':
      return sources.planHubModel({ source: ref.source, dtype });
    case 'entry':
      return ref.entry.variants.length === 0 ? { state: 'missing', bytes: undefined } : sources.planModel(ref.entry, { dtype });
    default:
      return ref satisfies never;
  }
}

async function outlinedDataset(ref: DatasetRef, experiment: Experiment, workspace: Workspace): Promise<OutlinedDataset> {
  const { reading } = experiment;
  const availability = await datasetAvailability(ref, workspace);
  const opened = onDisk(availability) ? await workspace.openDataset(ref, reading) : undefined;
  const rows = ref.kind === 'entry' ? (ref.entry.rows ?? {}) : {};
  const listed = Object.values(rows).filter((count) => count > 0);
  if (experiment.command === 'run') {
    const { settings } = experiment;
    if (opened !== undefined)
      checkProtocols({
        dataset: itemsOf(opened),
        protocols: protocolsOf(opened, settings),
        ks: settings.ks,
        ofWords: opened.task === 'token-classification',
      });
    else if (listed.length > 0) checkListed({ key: ref.name, rows, settings });
  }
  const texts = listed.length === 0 ? undefined : limitedCounts(rows, reading.limit).all;
  return {
    name: ref.name,
    ref,
    availability,
    opened,
    texts: opened?.texts.length ?? texts,
    splits: opened === undefined ? listed.length || undefined : new Set(opened.split).size,
  };
}

async function datasetAvailability(ref: DatasetRef, workspace: Workspace): Promise<Availability> {
  if (ref.kind === 'file') return { state: 'local', bytes: 0 };
  if (ref.kind === 'hub') return workspace.planHubDataset(ref);
  return combineAvailability(await Promise.all(ref.entry.files.map((file) => workspace.sources.planFile(file))));
}

interface Listed {
  readonly key: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly settings: Settings;
}

/** What a dataset that is not on this disk cannot be scored by, as its registry entry says. Throws OPTION. */
function checkListed({ key, rows, settings: { protocols, ks, limit } }: Listed): void {
  const { train, all } = limitedCounts(rows, limit);
  // Of a sample of a dataset the share that falls into train is not known before.
  for (const protocol of protocols) {
    if (protocol !== 'fit-train') checkNeighbours({ protocol, key, rows: all, k: Math.max(...ks) });
    else if (train > 0 && train < all) checkNeighbours({ protocol, key, rows: train, k: Math.max(...ks) });
  }
}

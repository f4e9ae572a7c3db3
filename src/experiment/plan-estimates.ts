import { itemsOf } from '../datasets/items.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { DataCheck } from '../datasets/check.ts';
import { checkPoolings, poolingsLeftOut } from '../embed/static-poolings.ts';
import { tooFewNumbers } from '../embed/cut.ts';
import type { PooledVector } from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { NO_PROMPT, promptColumn, type PromptChoice } from '../encoders/prompts.ts';
import { HarnessError, option } from '../errors.ts';
import { checkProtocols } from '../knn/check-protocols.ts';
import type { Failure } from '../results/row.ts';
import { checkDataset } from './check-dataset.ts';
import { rankedTexts } from './estimate-job.ts';
import type { ExperimentHost } from './experiment-host.ts';
import { OpenedInputs } from './host.ts';
import { jobOf, type EstimateJob } from './job.ts';
import { inputsOf } from './plan-scores.ts';
import { checkPrompts, promptedWith, promptWord, type Unprompted } from './prompted.ts';
import { canCompareLayers, rankedVectors } from './rank-encoder.ts';
import { rankedSample, type RankedTexts } from './ranked-sample.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { RankExperiment } from './resolve/experiment.ts';
import { inShard, type Shard } from './shard.ts';
import type { RankSettings } from './settings.ts';
import { suitedTo } from './suited-estimators.ts';
import { wordVectors } from './word-vectors.ts';
import { unusedSettings } from './unused-settings.ts';

/** A dataset to rank on, with its inputs opened. */
export interface RankTarget {
  readonly ref: DatasetRef;
  /** All of its texts, or those that splits are limited to. */
  readonly whole: Dataset;
  /** The texts that are used: all, or a sample. */
  readonly texts: RankedTexts;
  /** Sizes of samples, each drawn from the one before. */
  readonly samples: readonly number[];
  readonly reading: RankExperiment['reading'];
  readonly settings: RankSettings;
}

export interface OpenedRanked {
  readonly ref: EncoderRef;
  readonly prompt: PromptChoice | undefined;
  readonly encoder: Encoder;
}

/** The plan of a ranking: nothing is computed yet. */
export interface EstimatesPlan {
  readonly inputs: OpenedInputs;
  readonly targets: readonly RankTarget[];
  /** Encoders to rank on a target. */
  readonly encodersOn: (target: RankTarget) => readonly OpenedRanked[];
  /** What cannot be ranked on a target, and why. */
  readonly failuresOn: (target: RankTarget) => readonly Failure[];
  /** Data checks of the datasets. */
  readonly checks: readonly DataCheck[];
}

/** Checks of a ranking before its inputs are opened. Throws OPTION. */
export function checkRank({ budgetMs }: RankExperiment, shard: Shard | undefined): void {
  if (shard === undefined || budgetMs === undefined) return;
  throw new HarnessError('OPTION', {
    where: option('shard'),
    what: 'A budget compares all encoders on one machine.',
    hint: `Omit ${option('shard')}, or ${option('budget')}.`,
  });
}

/** Plans a ranking, or only the part of a shard. Throws what would end all of it. */
export async function planEstimates(experiment: RankExperiment, host: ExperimentHost): Promise<EstimatesPlan> {
  const { workspace, shard, warn } = host;
  checkRank(experiment, shard);
  const names = { encoders: experiment.encoders.map(({ name }) => name), datasets: experiment.datasets.map(({ name }) => name) };
  const includes = inShard({ ...names, shard, concat: false });
  const inputs = new OpenedInputs(workspace);
  const targets: RankTarget[] = [];
  for (const ref of experiment.datasets) {
    if (experiment.encoders.some(({ name }) => includes(name, ref.name))) targets.push(await openTarget(experiment, ref, { inputs, host }));
  }
  for (const line of unusedSettings(
    experiment.settings,
    targets.map(({ whole }) => whole),
  ))
    warn(line);
  const encoders: OpenedRanked[] = [];
  const unprompted: Unprompted[] = [];
  for (const ref of experiment.encoders) {
    if (!names.datasets.some((dataset) => includes(ref.name, dataset))) continue;
    const { prompts, settings } = experiment;
    const base = await inputs.encoder(ref, prompts === undefined ? experiment.opening : { ...experiment.opening, prompt: NO_PROMPT });
    checkPoolings(settings.poolings, base);
    const leftOut = poolingsLeftOut(settings.poolings, base);
    if (leftOut !== undefined) warn(`${ref.name}: ${leftOut}`);
    for (const each of promptedWith({ encoder: base }, prompts, ({ encoder }, prompt) => ({ encoder: inputs.prompted(encoder, prompt) }))) {
      if ('opened' in each) encoders.push({ ref, prompt: each.prompt, encoder: each.opened.encoder });
      else unprompted.push({ encoder: ref.name, prompt: each.prompt!, error: each.error });
    }
  }
  const opened = new Set([...encoders.map(({ ref }) => ref.name), ...unprompted.map(({ encoder }) => encoder)]);
  if (shard === undefined) checkPrompts(unprompted, opened.size);
  if (shard === undefined)
    checkPlaces(
      encoders.map(({ encoder }) => encoder),
      experiment.settings,
    );
  if (targets.length === 0) warn(`Shard ${shard?.index} of ${shard?.of} has nothing to do: there are fewer shards.`);
  const checks = await checkTargets({ targets, encoders, includes }, host);
  const openedOn = ({ ref }: RankTarget): OpenedRanked[] => encoders.filter((each) => includes(each.ref.name, ref.name));
  const encodersOn = (target: RankTarget): OpenedRanked[] =>
    openedOn(target).filter(({ encoder }) => ofWords(target) || hasPlace(encoder, target.settings));
  const failuresOn = (target: RankTarget): Failure[] => failuresFor(target, { opened: openedOn(target), unprompted, includes });
  return { inputs, targets, encodersOn, failuresOn, checks };
}

/** Default maximum of texts to rank on: estimators need the vectors in memory, and some of them all pairs. */
const MOST_RANKED = 50_000;

interface Lacking {
  readonly opened: readonly OpenedRanked[];
  readonly unprompted: readonly Unprompted[];
  readonly includes: (encoder: string, dataset: string) => boolean;
}

function failuresFor({ ref, whole, settings }: RankTarget, { opened, unprompted, includes }: Lacking): Failure[] {
  return [
    ...unprompted
      .filter(({ encoder }) => includes(encoder, ref.name))
      .map(({ encoder, prompt, error }) => ({ encoder, dataset: whole.key, prompt: promptWord(prompt), reason: error.message })),
    ...(ofWords({ whole }) ? [] : opened).flatMap(({ encoder }) =>
      shortPlaces(encoder, settings).map((failure) => ({ ...failure, dataset: whole.key })),
    ),
  ];
}

/** Poolings whose vectors have fewer dimensions than are to be kept. */
function shortPlaces(encoder: Encoder, settings: RankSettings): Omit<Failure, 'dataset'>[] {
  const about = { encoder: encoder.name, prompt: promptColumn(encoder.prompt) || undefined };
  return placesOf(encoder, settings).flatMap(({ error, pooling, dim }) =>
    error === undefined ? [] : [{ ...about, pooling, dim: String(dim), reason: error.message }],
  );
}

function ofWords({ whole }: Pick<RankTarget, 'whole'>): boolean {
  return whole.task === 'token-classification';
}

function hasPlace(encoder: Encoder, settings: RankSettings): boolean {
  return placesOf(encoder, settings).some(({ error }) => error === undefined);
}

function placesOf(encoder: Encoder, settings: RankSettings): (PooledVector & { readonly error: HarnessError | undefined })[] {
  const errorOf = tooFewNumbers(encoder);
  return rankedVectors(encoder, settings).places.map((vector) => ({ ...vector, error: errorOf(vector) }));
}

/**
 * Throws OPTION for a dimension that exceeds the vectors of all encoders: if it exceeds those of one of several, that is a failure of this
 * encoder.
 */
export function checkPlaces(encoders: readonly Encoder[], settings: RankSettings): void {
  const places = encoders.flatMap((encoder) => placesOf(encoder, settings));
  for (const each of settings.dims ?? []) {
    const own = places.filter(({ dim }) => dim === each);
    const [first] = own;
    if (first?.error !== undefined && own.every(({ error }) => error !== undefined)) throw first.error;
  }
}

async function openTarget(
  { reading: given, settings: asked }: RankExperiment,
  ref: DatasetRef,
  { inputs, host: { workspace, warn } }: { readonly inputs: OpenedInputs; readonly host: ExperimentHost },
): Promise<RankTarget> {
  // A number limits to the same sample as a budget of that many texts; limits per split are applied by the reader.
  const { limit } = given;
  const reading = { ...given, limit: typeof limit === 'number' ? undefined : limit };
  const all = await rankedTexts({ ref, reading, settings: asked }, { inputs, workspace });
  const settings = suitedTo(all.dataset, asked);
  if (ofWords({ whole: all.dataset })) wordVectors({ depth: 1 }, ref.name, { ...settings, layers: 'last' });
  const size = typeof limit === 'number' ? limit : mostOf(all, warn);
  const texts = size === undefined ? all : rankedSample({ ...all, settings }, size);
  const { dataset } = texts;
  checkProtocols({ dataset: itemsOf(dataset), protocols: ['leave-one-out'], ks: [settings.k] });
  const compares = settings.curveTexts === 0 || canCompareLayers(texts, settings);
  if (!compares)
    warn(
      `${dataset.key}: no layer curves, because their sample of ${settings.curveTexts} texts has only one ${{ classification: 'class', regression: 'number', 'token-classification': 'tag' }[dataset.task]}.`,
    );
  return {
    ref,
    whole: all.dataset,
    texts,
    samples: size === undefined ? [] : [size],
    reading,
    settings: compares ? settings : { ...settings, curveTexts: 0 },
  };
}

/** Sample size used instead of more texts than that; undefined if there are not more. */
function mostOf({ dataset: { key, texts, task } }: RankedTexts, warn: (line: string) => void): number | undefined {
  if (texts.length <= MOST_RANKED) return undefined;
  const [most, all] = [MOST_RANKED, texts.length].map((count) => count.toLocaleString('en-US'));
  warn(
    `${key}: ranked on a ${task === 'classification' ? 'class-stratified' : 'random'} sample of ${most} of ${all} texts, because some estimators compare all pairs; ` +
      `change it with ${option('limit')}.`,
  );
  return MOST_RANKED;
}

async function checkTargets(
  {
    targets,
    encoders,
    includes,
  }: {
    readonly targets: readonly RankTarget[];
    readonly encoders: readonly OpenedRanked[];
    readonly includes: (encoder: string, dataset: string) => boolean;
  },
  { onCheck }: ExperimentHost,
): Promise<DataCheck[]> {
  const checks: DataCheck[] = [];
  for (const { ref, texts, settings } of targets) {
    const own = encoders.filter((each) => includes(each.ref.name, ref.name)).map(({ encoder }) => encoder);
    const found = await checkDataset({
      dataset: texts.dataset,
      encoders: own,
      asked: { k: settings.k, amongAll: true, byTrain: false },
      pairs: settings.pairs,
    });
    onCheck(found);
    checks.push(found.check);
  }
  return checks;
}

interface JobParams {
  readonly experiment: RankExperiment;
  readonly target: RankTarget;
  readonly opened: OpenedRanked;
  /** Those of the target, or a sample of them. */
  readonly texts: RankedTexts;
}

/** The job of one encoder on the texts of a target, or on a sample of them. */
export function estimateJob({ experiment: { opening }, target, opened: { ref, prompt, encoder }, texts }: JobParams): EstimateJob {
  const isSample = texts.dataset.texts.length < target.texts.dataset.texts.length;
  return jobOf({
    kind: 'estimate' as const,
    encoders: [ref],
    dataset: target.ref,
    reading: target.reading,
    opening: { ...opening, prompt },
    inputs: inputsOf(target.whole, [encoder]),
    settings: target.settings,
    samples: [...target.samples, ...(isSample ? [texts.dataset.texts.length] : [])],
  });
}

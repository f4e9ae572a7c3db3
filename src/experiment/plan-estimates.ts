import type { Dataset } from '../datasets/dataset.ts';
import type { DataCheck } from '../datasets/check.ts';
import { checkPoolings, poolingsLeftOut } from '../embed/static-poolings.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { HarnessError, option } from '../errors.ts';
import { checkProtocols } from '../knn/check-protocols.ts';
import { checkDataset } from './check-dataset.ts';
import { rankedTexts } from './estimate-job.ts';
import type { ExperimentHost } from './experiment-host.ts';
import { OpenedInputs } from './host.ts';
import { jobOf, type EstimateJob } from './job.ts';
import { inputsOf } from './plan-scores.ts';
import { canCompareLayers, sampleOf, type RankedTexts } from './rank-encoder.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { RankExperiment } from './resolve.ts';
import { inShard, type Shard } from './shard.ts';
import type { RankSettings } from './settings.ts';

/** A dataset to be ranked on, with its inputs opened. */
export interface RankTarget {
  readonly ref: DatasetRef;
  /** All of its texts, or those that splits are limited to. */
  readonly whole: Dataset;
  /** What is ranked on: all, or a sample. */
  readonly texts: RankedTexts;
  /** Sizes of samples, each drawn from the one before. */
  readonly samples: readonly number[];
  readonly reading: RankExperiment['reading'];
  readonly settings: RankSettings;
}

export interface OpenedRanked {
  readonly ref: EncoderRef;
  readonly encoder: Encoder;
}

/** Estimates, planned: nothing of them is computed. */
export interface EstimatesPlan {
  readonly inputs: OpenedInputs;
  readonly targets: readonly RankTarget[];
  /** Those that are ranked on a target. */
  readonly encodersOn: (target: RankTarget) => readonly OpenedRanked[];
  /** What the datasets are like. */
  readonly checks: readonly DataCheck[];
}

/** What can be wrong of a ranking before its inputs are opened. Throws OPTION. */
export function checkRank({ budgetMs }: RankExperiment, shard: Shard | undefined): void {
  if (shard === undefined || budgetMs === undefined) return;
  throw new HarnessError('OPTION', {
    where: option('shard'),
    what: 'Within a budget encoders are compared with each other as they come, on one machine.',
    hint: `Leave ${option('shard')} out, or ${option('budget')}.`,
  });
}

/** What a ranking computes, a shard's part alone. Throws what would end all of it. */
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
  const encoders: OpenedRanked[] = [];
  for (const ref of experiment.encoders) {
    if (!names.datasets.some((dataset) => includes(ref.name, dataset))) continue;
    const encoder = await inputs.encoder(ref, experiment.opening);
    checkPoolings(experiment.settings.poolings, encoder);
    const leftOut = poolingsLeftOut(experiment.settings.poolings, encoder);
    if (leftOut !== undefined) warn(`${ref.name}: ${leftOut}`);
    encoders.push({ ref, encoder });
  }
  if (targets.length === 0) warn(`Shard ${shard?.index} of ${shard?.of} has nothing to do: there are fewer parts.`);
  const checks = await checkTargets({ targets, encoders, includes }, host);
  const encodersOn = ({ ref }: RankTarget) => encoders.filter((each) => includes(each.ref.name, ref.name));
  return { inputs, targets, encodersOn, checks };
}

async function openTarget(
  { reading: given, settings }: RankExperiment,
  ref: DatasetRef,
  { inputs, host: { workspace, warn } }: { readonly inputs: OpenedInputs; readonly host: ExperimentHost },
): Promise<RankTarget> {
  // A number limits to the sample that a budget which comes to that number takes; of splits the reader draws.
  const { limit } = given;
  const reading = { ...given, limit: typeof limit === 'number' ? undefined : limit };
  const all = await rankedTexts({ ref, reading, settings }, { inputs, workspace });
  const texts = typeof limit === 'number' ? sampleOf({ ...all, settings }, limit) : all;
  const { dataset } = texts;
  checkProtocols({ dataset, protocols: ['leave-one-out'], ks: [settings.k] });
  const compares = settings.curveTexts === 0 || canCompareLayers(texts, settings);
  if (!compares) warn(`${dataset.key}: the layers are not compared, since their sample of ${settings.curveTexts} texts has one class.`);
  return {
    ref,
    whole: all.dataset,
    texts,
    samples: typeof limit === 'number' ? [limit] : [],
    reading,
    settings: compares ? settings : { ...settings, curveTexts: 0 },
  };
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
    const found = await checkDataset({ dataset: texts.dataset, encoders: own, asked: { k: settings.k, amongAll: true, byTrain: false } });
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
export function estimateJob({ experiment: { opening }, target, opened: { ref, encoder }, texts }: JobParams): EstimateJob {
  const isSample = texts.dataset.texts.length < target.texts.dataset.texts.length;
  return jobOf({
    kind: 'estimate' as const,
    encoders: [ref],
    dataset: target.ref,
    reading: target.reading,
    opening,
    inputs: inputsOf(target.whole, [encoder]),
    settings: target.settings,
    samples: [...target.samples, ...(isSample ? [texts.dataset.texts.length] : [])],
  });
}

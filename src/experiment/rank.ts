import type { Dataset } from '../datasets/dataset.ts';
import type { DataCheck } from '../datasets/check.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { HarnessError, option, reason } from '../errors.ts';
import { EstimatorThreads } from '../estimators/estimator-threads.ts';
import type { RankedEncoder, Ranking } from '../estimators/ranked.ts';
import { checkProtocols } from '../knn/check-protocols.ts';
import { mergeCosts, type CostRow } from '../results/costs.ts';
import type { EstimateRow } from '../results/estimates.ts';
import type { Failure } from '../results/row.ts';
import type { RunPlan } from '../results/run-record.ts';
import { checkDataset } from './check-dataset.ts';
import { planOf } from './digest.ts';
import { rankedTexts } from './estimate-job.ts';
import type { ExperimentHost } from './experiment-host.ts';
import { OpenedInputs } from './host.ts';
import { jobOf, type EstimateJob } from './job.ts';
import { JobStore } from './job-store.ts';
import { inputsOf } from './plan.ts';
import { canCompareLayers, sampleOf, type RankedTexts } from './rank-encoder.ts';
import { rankWithin, type RankedOnSample } from './rank-within-budget.ts';
import { rankedOf } from './ranked-value.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { RankExperiment } from './resolve.ts';
import { runJob } from './run-job.ts';
import { inShard, type Shard } from './shard.ts';
import type { RankSettings } from './settings.ts';

/** What a ranking has come to. */
export interface RankResults {
  /** Of each dataset with an encoder that could be ranked. */
  readonly rankings: readonly Ranking[];
  readonly estimates: readonly EstimateRow[];
  /** Those of them that were there before. */
  readonly kept: number;
  readonly failures: readonly Failure[];
  readonly checks: readonly DataCheck[];
  readonly plan: RunPlan;
  readonly interrupted: boolean;
}

/** A dataset to be ranked on, with its inputs opened. */
interface Target {
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

interface Opened {
  readonly ref: EncoderRef;
  readonly encoder: Encoder;
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

/**
 * Ranks encoders on datasets by estimators, job by job; every estimate is kept before the next is computed. Throws what ends all of it;
 * what fails only while it runs is among the failures.
 */
export async function rankExperiment(experiment: RankExperiment, host: ExperimentHost): Promise<RankResults> {
  const { budgetMs, settings } = experiment;
  const { workspace, shard, signal, keeper, warn } = host;
  checkRank(experiment, shard);
  const names = { encoders: experiment.encoders.map(({ name }) => name), datasets: experiment.datasets.map(({ name }) => name) };
  const includes = inShard({ ...names, shard, concat: false });
  const inputs = new OpenedInputs(workspace);
  const targets: Target[] = [];
  for (const ref of experiment.datasets) {
    if (experiment.encoders.some(({ name }) => includes(name, ref.name))) targets.push(await openTarget(experiment, ref, { inputs, host }));
  }
  const encoders: Opened[] = [];
  for (const ref of experiment.encoders) {
    if (!names.datasets.some((dataset) => includes(ref.name, dataset))) continue;
    encoders.push({ ref, encoder: await inputs.encoder(ref, experiment.opening) });
  }
  if (targets.length === 0) warn(`Shard ${shard?.index} of ${shard?.of} has nothing to do: there are fewer parts.`);
  const checks = await checkTargets({ targets, encoders, includes }, host);
  const plan = planOf(experiment, shard);
  host.onPlanned(plan.digest);

  const estimators = new EstimatorThreads(settings.threads);
  const store = new JobStore(workspace.jobFolder, warn);
  const rankings: Ranking[] = [];
  const estimates: EstimateRow[] = [];
  const failures: Failure[] = [];
  let kept = 0;
  const begun = performance.now();
  const keep = async ({ rows, cost }: RankedOnSample): Promise<void> => {
    estimates.push(...rows);
    await keeper.addEstimates(rows, cost);
  };
  try {
    for (const [at, target] of targets.entries()) {
      const { ref, whole } = target;
      const own = encoders.filter((each) => includes(each.ref.name, ref.name));
      const rank = async (encoder: Encoder, texts: RankedTexts, deadline?: AbortSignal): Promise<RankedOnSample | undefined> => {
        const job = estimateJob({ experiment, target, opened: own.find((each) => each.encoder === encoder)!, texts });
        const there = budgetMs === undefined ? await store.load(job) : undefined;
        try {
          const result = there ?? (await runJob(job, {
            inputs, workspace, ...host.resources, progress: host.progress, warn, estimators,
            signal: eitherOf(signal, deadline),
            files: { out: undefined, save: undefined, overwrite: false },
          }));
          if (there === undefined && budgetMs === undefined) await store.save(job, result);
          const { rows, cost, ranked, fixedMs, estimateMs } = result.estimate!;
          if (there !== undefined) kept += rows.length;
          return { ...measuredWell(rankedOf(ranked), cost, keeper.costs), rows, fixedMs, estimateMs };
        } catch (error) {
          if (!(error instanceof HarnessError) || error.code === 'INTERNAL' || error.code === 'OUTPUT') throw error;
          failures.push({ encoder: encoder.name, dataset: whole.key, reason: reason(error) });
          return undefined;
        }
      };
      if (budgetMs === undefined) {
        const ranked: RankedEncoder[] = [];
        for (const { encoder } of own) {
          signal?.throwIfAborted();
          const found = await rank(encoder, target.texts);
          if (found === undefined) continue;
          ranked.push(found.ranked);
          await keep(found);
        }
        if (ranked.length > 0) rankings.push({ dataset: whole.key, by: settings.by, encoders: ranked });
        continue;
      }
      // What one dataset leaves of its part the others have.
      const left = at === 0 ? budgetMs / targets.length : Math.max(0, budgetMs - (performance.now() - begun)) / (targets.length - at);
      const within = await rankWithin({ encoders: own.map(({ encoder }) => encoder), texts: target.texts, settings: target.settings, budgetMs: left, rank });
      for (const each of within.all) await keep(each);
      if (within.encoders.length > 0) rankings.push({ dataset: whole.key, by: settings.by, encoders: within.encoders, budget: within.budget });
    }
  } catch (error) {
    if (signal?.aborted !== true || error !== signal.reason) throw error;
  } finally {
    await estimators.close();
  }
  return { rankings, estimates, kept, failures, checks, plan, interrupted: signal?.aborted === true };
}

async function openTarget(
  { reading: given, settings }: RankExperiment,
  ref: DatasetRef,
  { inputs, host: { workspace, warn } }: { readonly inputs: OpenedInputs; readonly host: ExperimentHost },
): Promise<Target> {
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
  { targets, encoders, includes }: { readonly targets: readonly Target[]; readonly encoders: readonly Opened[]; readonly includes: (encoder: string, dataset: string) => boolean },
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
  readonly target: Target;
  readonly opened: Opened;
  /** Those of the target, or a sample of them. */
  readonly texts: RankedTexts;
}

function estimateJob({ experiment: { opening }, target, opened: { ref, encoder }, texts }: JobParams): EstimateJob {
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

/** Without what a few new texts took, where an earlier run has measured more. */
function measuredWell(ranked: RankedEncoder, fresh: CostRow | undefined, costs: readonly CostRow[]): { readonly ranked: RankedEncoder; readonly cost: CostRow | undefined } {
  if (fresh === undefined || mergeCosts({ old: costs, fresh: [fresh] }).includes(fresh)) return { ranked, cost: fresh };
  return { ranked: { ...ranked, textMs: undefined, timedTexts: undefined, tokensPerSecond: undefined, memoryBytes: undefined }, cost: undefined };
}

function eitherOf(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a === undefined || b === undefined ? (a ?? b) : AbortSignal.any([a, b]);
}

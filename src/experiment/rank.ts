import type { DataCheck } from '../datasets/check.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { promptColumn } from '../encoders/prompts.ts';
import { HarnessError, reason } from '../errors.ts';
import { EstimatorThreads } from '../estimators/estimator-threads.ts';
import type { RankedEncoder, Ranking } from '../estimators/ranked.ts';
import { mergeCosts, type CostRow } from '../results/costs.ts';
import type { EstimateRow } from '../results/estimates.ts';
import type { Failure } from '../results/row.ts';
import type { RunPlan } from '../results/run-record.ts';
import { planOf } from './digest.ts';
import { THIS_PROCESS } from './executor.ts';
import type { ExperimentHost } from './experiment-host.ts';
import type { EstimateJob } from './job.ts';
import { JobStore } from './job-store.ts';
import { estimateJob, planEstimates } from './plan-estimates.ts';
import type { RankedTexts } from './ranked-sample.ts';
import { rankWithin, type RankedOnSample } from './rank-within-budget.ts';
import { rankedOf } from './ranked-value.ts';
import type { RankExperiment } from './resolve/experiment.ts';

/** Result of a ranking. */
export interface RankResults {
  /** One for each dataset with an encoder that could be ranked. */
  readonly rankings: readonly Ranking[];
  readonly estimates: readonly EstimateRow[];
  /** How many of them existed before. */
  readonly kept: number;
  readonly failures: readonly Failure[];
  readonly checks: readonly DataCheck[];
  readonly plan: RunPlan;
  readonly interrupted: boolean;
}

/**
 * Ranks encoders on datasets by estimators, job by job; every estimate is stored before the next is computed. Throws whatever ends all of
 * it; failures at run time are listed in the result.
 */
export async function rankExperiment(experiment: RankExperiment, host: ExperimentHost): Promise<RankResults> {
  const { budgetMs, settings } = experiment;
  const { workspace, shard, signal, keeper, warn, executor = THIS_PROCESS } = host;
  const { inputs, targets, encodersOn, failuresOn, checks } = await planEstimates(experiment, host);
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
    if (budgetMs === undefined && host.executor !== undefined) {
      const jobs = targets.flatMap((target) =>
        encodersOn(target).map((opened) => estimateJob({ experiment, target, opened, texts: target.texts })),
      );
      await executor.announce(await notIn(store, jobs));
    }
    for (const [at, target] of targets.entries()) {
      const { whole } = target;
      const own = encodersOn(target);
      failures.push(...failuresOn(target));
      const rank = async (encoder: Encoder, texts: RankedTexts, deadline?: AbortSignal): Promise<RankedOnSample | undefined> => {
        const job = estimateJob({ experiment, target, opened: own.find((each) => each.encoder === encoder)!, texts });
        const there = budgetMs === undefined ? await store.load(job) : undefined;
        try {
          const result =
            there ??
            (await executor.run(job, {
              inputs,
              workspace,
              ...host.resources,
              progress: host.progress,
              warn,
              estimators,
              signal: eitherOf(signal, deadline),
              files: { out: undefined, save: undefined, overwrite: false },
            }));
          if (there === undefined && budgetMs === undefined) await store.save(job, result);
          const { rows, cost, ranked, fixedMs, estimateMs } = result.estimate!;
          if (there !== undefined) kept += rows.length;
          return { ...measuredWell(rankedOf(ranked), cost, keeper.costs), rows, fixedMs, estimateMs };
        } catch (error) {
          if (!(error instanceof HarnessError) || error.code === 'INTERNAL' || error.code === 'OUTPUT') throw error;
          failures.push({
            encoder: encoder.name,
            dataset: whole.key,
            prompt: promptColumn(encoder.prompt) || undefined,
            reason: reason(error),
          });
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
      // Time that a dataset does not use is left to the following ones.
      const left = at === 0 ? budgetMs / targets.length : Math.max(0, budgetMs - (performance.now() - begun)) / (targets.length - at);
      const within = await rankWithin({
        encoders: own.map(({ encoder }) => encoder),
        texts: target.texts,
        settings: target.settings,
        budgetMs: left,
        rank,
      });
      for (const each of within.all) await keep(each);
      if (within.encoders.length > 0)
        rankings.push({ dataset: whole.key, by: settings.by, encoders: within.encoders, budget: within.budget });
    }
  } catch (error) {
    if (signal?.aborted !== true || error !== signal.reason) throw error;
  } finally {
    await estimators.close();
  }
  return { rankings, estimates, kept, failures, checks, plan, interrupted: signal?.aborted === true };
}

async function notIn(store: JobStore, jobs: readonly EstimateJob[]): Promise<EstimateJob[]> {
  const there = await Promise.all(jobs.map(async (job) => (await store.load(job)) !== undefined));
  return jobs.filter((_, i) => !there[i]);
}

/** Ignores the timing of a few new texts if an earlier run has measured more. */
function measuredWell(
  ranked: RankedEncoder,
  fresh: CostRow | undefined,
  costs: readonly CostRow[],
): { readonly ranked: RankedEncoder; readonly cost: CostRow | undefined } {
  if (fresh === undefined || mergeCosts({ old: costs, fresh: [fresh] }).includes(fresh)) return { ranked, cost: fresh };
  return {
    ranked: { ...ranked, textMs: undefined, timedTexts: undefined, tokensPerSecond: undefined, memoryBytes: undefined },
    cost: undefined,
  };
}

function eitherOf(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a === undefined || b === undefined ? (a ?? b) : AbortSignal.any([a, b]);
}

import type { DataCheck } from '../datasets/check.ts';
import { chooseIndex } from '../knn/choose.ts';
import { SearchThread } from '../knn/search-thread.ts';
import { mergeRows } from '../results/merge.ts';
import type { Failure, Row } from '../results/row.ts';
import type { RunPlan } from '../results/run-record.ts';
import { planOf } from './digest.ts';
import type { ExperimentHost } from './experiment-host.ts';
import { planRun } from './plan-run.ts';
import { plannedRows } from './plan-scores.ts';
import type { RunExperiment } from './resolve/experiment.ts';
import { noOutcome, runScores } from './run-scores.ts';
import type { GridDataset } from './grid.ts';
import type { Settings } from './settings.ts';

/** What an experiment has come to. */
export interface Results {
  readonly rows: readonly Row[];
  /** Those of them that were there before. */
  readonly kept: number;
  readonly failures: readonly Failure[];
  /** What the datasets are like. */
  readonly checks: readonly DataCheck[];
  /** It was ended before its end. */
  readonly interrupted: boolean;
}

/**
 * Scores frozen encoders, and trains them where that is asked for, job by job; every result is kept before the next is computed. Throws
 * what ends all of it: inputs that cannot be opened, results that must not be replaced; what fails only while it runs is among the
 * failures.
 */
export async function runExperiment(experiment: RunExperiment, host: ExperimentHost): Promise<Results & { readonly plan: RunPlan }> {
  const { inputs, scores, trainings, datasets, checks } = await planRun(experiment, host);
  const { settings } = experiment;
  const { workspace, keeper, progress, warn, signal, shard } = host;
  const plan = planOf(experiment, shard);
  // What is there is looked at as what the same run left, where it did.
  host.onPlanned(plan.digest);
  await keeper.check([...plannedRows(scores.jobs), ...(trainings?.runs ?? []).flatMap(({ expected }) => expected)]);
  stateIndex(settings, datasets, host);
  // Not before nothing can end the run any more: a process that ends while the runtime is loaded is torn down amid it.
  if (datasets.length > 0) SearchThread.warm(settings.threads);
  const outcome = noOutcome();
  try {
    const files = { out: keeper.folder, save: undefined, overwrite: keeper.overwrite };
    const jobHost = { inputs, workspace, ...host.resources, progress, warn, signal, files };
    await runScores(scores, { host: jobHost, keeper, outcome, executor: host.executor });
    if (trainings !== undefined) {
      const { runTraining } = await import('./run-training.ts');
      await runTraining(trainings, host, outcome);
    }
  } catch (error) {
    if (signal?.aborted !== true || error !== signal.reason) throw error;
  }
  const { kept, failures } = outcome;
  const rows = mergeRows({ old: [], fresh: outcome.rows });
  return { rows, kept, failures, checks, plan, interrupted: signal?.aborted === true };
}

/** What `auto` takes for the largest dataset of texts, and why; and what is taken where what was asked for is not to be had. */
function stateIndex({ index }: Settings, datasets: readonly GridDataset[], { progress, warn }: ExperimentHost): void {
  const ofTexts = datasets.flatMap((item) => ('dataset' in item && item.dataset.task !== 'token-classification' ? [item.dataset] : []));
  if (ofTexts.length === 0) return;
  const rows = Math.max(...ofTexts.map(({ texts }) => texts.length));
  const choice = chooseIndex({ index, rows, queries: rows });
  if (index === 'auto') progress.log(`Neighbours: ${choice.why}`);
  else if (choice.index !== index) warn(`Neighbours: ${choice.why}`);
}

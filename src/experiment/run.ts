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

/** Result of an experiment. */
export interface Results {
  readonly rows: readonly Row[];
  /** How many of them existed before. */
  readonly kept: number;
  readonly failures: readonly Failure[];
  /** Data checks of the datasets. */
  readonly checks: readonly DataCheck[];
  /** It was aborted. */
  readonly interrupted: boolean;
}

/**
 * Scores frozen encoders, and fine-tunes them if requested, job by job; every result is stored before the next is computed. Throws whatever
 * ends all of it: inputs that cannot be opened, results that must not be replaced; failures at run time are listed in the result.
 */
export async function runExperiment(experiment: RunExperiment, host: ExperimentHost): Promise<Results & { readonly plan: RunPlan }> {
  const { inputs, scores, trainings, datasets, checks } = await planRun(experiment, host);
  const { settings } = experiment;
  const { workspace, keeper, progress, warn, signal, shard } = host;
  const plan = planOf(experiment, shard);
  // Existing results are treated as left by the same run, if they were.
  host.onPlanned(plan.digest);
  await keeper.check([...plannedRows(scores.jobs), ...(trainings?.runs ?? []).flatMap(({ expected }) => expected)]);
  stateIndex(settings, datasets, host);
  // Only once nothing can end the run any more: a process that exits while the runtime is being loaded may crash.
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

/** Reports what `auto` selects for the largest dataset of texts, and why; and the fallback if the requested index is unavailable. */
function stateIndex({ index }: Settings, datasets: readonly GridDataset[], { progress, warn }: ExperimentHost): void {
  const ofTexts = datasets.flatMap((item) => ('dataset' in item && item.dataset.task !== 'token-classification' ? [item.dataset] : []));
  if (ofTexts.length === 0) return;
  const rows = Math.max(...ofTexts.map(({ texts }) => texts.length));
  const choice = chooseIndex({ index, rows, queries: rows });
  if (choice.index === (index === 'auto' ? 'exact' : index)) return;
  (index === 'auto' ? progress.log : warn)(`Neighbour search: ${choice.why}`);
}

import type { RunPlan } from '../results/run-record.ts';
import { planOf } from './digest.ts';
import type { ExperimentHost } from './experiment-host.ts';
import { OpenedInputs } from './host.ts';
import type { FinetuneExperiment } from './resolve/experiment.ts';
import type { Results } from './run.ts';
import { noOutcome } from './run-scores.ts';
import { runTraining } from './run-training.ts';
import { savedModels, type SavedModel } from './save-trained.ts';
import { inShard } from './shard.ts';
import { planTraining } from './plan-training.ts';

/** What is kept of training runs in addition to their results. */
export interface SaveChoice {
  /** Folder for the trained encoder; with several runs, of one subfolder each. */
  readonly save?: string | undefined;
  /** Whether training texts are saved in it. Default: true. */
  readonly texts?: boolean | undefined;
}

/**
 * Trains every encoder on every dataset with every objective and seed, run by run. Throws whatever ends the whole experiment; failures at
 * run time are listed in the result.
 */
export async function finetuneExperiment(
  experiment: FinetuneExperiment,
  host: ExperimentHost,
  { save, texts }: SaveChoice = {},
): Promise<Results & { readonly plan: RunPlan; readonly saved: readonly SavedModel[] }> {
  const { encoders, datasets, reading, opening, prompts, choice, pooling } = experiment;
  const { workspace, shard, signal, warn } = host;
  const names = { encoders: encoders.map(({ name }) => name), datasets: datasets.map(({ name }) => name) };
  const includes = inShard({ ...names, shard, concat: false });
  if (!names.encoders.some((encoder) => names.datasets.some((dataset) => includes(encoder, dataset)))) {
    warn(`Shard ${shard?.index} of ${shard?.of} has nothing to do: there are fewer shards.`);
  }
  const outcome = noOutcome();
  const inputs = new OpenedInputs(workspace);
  const planned = await planTraining(
    { encoders, datasets, reading, opening, prompts, choice, pooling, inputs, save, texts, includes, checked: [] },
    host,
  );
  const plan = planOf(experiment, shard);
  // Existing results are treated as left by the same run, if they were.
  host.onPlanned(plan.digest);
  await host.keeper.check(planned.runs.flatMap(({ expected }) => expected));
  try {
    await runTraining(planned, host, outcome);
  } catch (error) {
    if (signal?.aborted !== true || error !== signal.reason) throw error;
  }
  const { rows, kept, failures } = outcome;
  const saved = await savedModels(planned.runs.map(({ cell }) => cell));
  return { rows, kept, failures, saved, checks: planned.checks, plan, interrupted: signal?.aborted === true };
}

import type { DataCheck } from '../datasets/check.ts';
import { chooseIndex } from '../knn/choose.ts';
import { loadHnswLibrary } from '../knn/hnswlib.ts';
import { SearchThread } from '../knn/search-thread.ts';
import { mergeRows } from '../results/merge.ts';
import type { Failure, Row } from '../results/row.ts';
import type { RunPlan } from '../results/run-record.ts';
import { checkDataset } from './check-dataset.ts';
import { planOf } from './digest.ts';
import type { ExperimentHost } from './experiment-host.ts';
import { OpenedInputs } from './host.ts';
import { openAll } from './opening.ts';
import { plannedRows, planScores } from './plan.ts';
import type { RunExperiment } from './resolve.ts';
import { noOutcome, runScores } from './run-scores.ts';
import type { GridDataset, GridEncoder } from './score-grid.ts';
import { inShard } from './shard.ts';
import type { Settings } from './settings.ts';
import type { TrainingGridParams, TrainingPlan } from './training-grid.ts';

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

/** What can be wrong of an experiment on this machine before its inputs are opened. Throws OPTION. */
export function checkRun({ settings }: RunExperiment): void {
  if (settings.index === 'hnsw') loadHnswLibrary();
}

/**
 * Scores frozen encoders, and trains them where that is asked for, job by job; every result is kept before the next is computed. Throws
 * what ends all of it: inputs that cannot be opened, results that must not be replaced; what fails only while it runs is among the failures.
 */
export async function runExperiment(experiment: RunExperiment, host: ExperimentHost): Promise<Results & { readonly plan: RunPlan }> {
  checkRun(experiment);
  const { encoders, datasets, settings, reading, opening, training } = experiment;
  const { workspace, keeper, progress, warn, signal, shard } = host;
  if (settings.concatNorms.length > 0 && encoders.length === 1) warn('One encoder has no other to stand beside: no rows of concat.');
  const names = { encoders: encoders.map(({ name }) => name), datasets: datasets.map(({ name }) => name) };
  const includes = inShard({ ...names, shard, concat: settings.concatNorms.length > 0 });
  const inputs = new OpenedInputs(workspace);
  const trained = training !== undefined;
  const opened = await openAll({
    trained,
    inputs,
    reading,
    opening,
    encoderChoices: encoders,
    datasetChoices: datasets,
    settings,
    includes,
    warn,
    verbose: host.verbose ?? false,
  });
  if (opened.datasets.length === 0) warn(`Shard ${shard?.index} of ${shard?.of} has nothing to do: there are fewer parts.`);
  const grid = { ...opened, includes };
  const jobs = planScores({ ...grid, reading, opening, settings, trained });
  const checks = await checkAll({ grid, settings, trained }, host);
  const trainings = training && (await planTrainings({ ...training, ...experiment, inputs, includes, checked: checks }, { opened, host }));
  const plan = planOf(experiment, shard);
  // What is there is looked at as what the same run left, where it did.
  host.onPlanned(plan.digest);
  await keeper.check([...plannedRows(jobs.jobs), ...(trainings?.runs ?? []).flatMap(({ expected }) => expected)]);
  stateIndex(settings, grid.datasets, host);
  // Not before nothing can end the run any more: a process that ends while the runtime is loaded is torn down amid it.
  if (grid.datasets.length > 0) SearchThread.warm(settings.threads);
  const outcome = noOutcome();
  try {
    const files = { out: keeper.folder, save: undefined, overwrite: keeper.overwrite };
    const jobHost = { inputs, workspace, ...host.resources, progress, warn, signal, files };
    await runScores(jobs, { host: jobHost, keeper, outcome });
    if (trainings !== undefined) {
      const { runTraining } = await import('./training-grid.ts');
      await runTraining(trainings, host, outcome);
    }
  } catch (error) {
    if (signal?.aborted !== true || error !== signal.reason) throw error;
  }
  const { kept, failures } = outcome;
  const rows = mergeRows({ old: [], fresh: outcome.rows });
  return { rows, kept, failures, checks: [...checks, ...(trainings?.checks ?? [])], plan, interrupted: signal?.aborted === true };
}

interface OpenedGrid {
  readonly encoders: readonly GridEncoder[];
  readonly datasets: readonly GridDataset[];
}

/** Trainings of what could be opened: of the rest there are failures already. */
async function planTrainings(params: Omit<TrainingGridParams, 'save'>, { opened, host }: { readonly opened: OpenedGrid; readonly host: ExperimentHost }): Promise<TrainingPlan> {
  const { planTraining } = await import('./training-grid.ts');
  const isThere = (items: OpenedGrid['encoders'] | OpenedGrid['datasets']) => {
    const names = new Set(items.filter((item) => !('missing' in item)).map(({ name }) => name));
    return ({ name }: { readonly name: string }): boolean => names.has(name);
  };
  const encoders = params.encoders.filter(isThere(opened.encoders));
  const datasets = params.datasets.filter(isThere(opened.datasets));
  return planTraining({ ...params, encoders, datasets, save: undefined }, host);
}

/** What `auto` takes for the largest dataset, and why. */
function stateIndex({ index }: Settings, datasets: readonly GridDataset[], { progress }: ExperimentHost): void {
  if (index !== 'auto') return;
  const rows = Math.max(0, ...datasets.map((item) => ('dataset' in item ? item.dataset.texts.length : 0)));
  progress.log(`Neighbours: ${chooseIndex({ index, rows, queries: rows }).why}`);
}

interface CheckAllParams {
  readonly grid: OpenedGrid & { readonly includes: (encoder: string, dataset: string) => boolean };
  readonly settings: Settings;
  /** Whether training follows. */
  readonly trained: boolean;
}

/** Says what the datasets are like, each with the encoders that are scored on it. */
async function checkAll({ grid: { encoders, datasets, includes }, settings: { ks }, trained }: CheckAllParams, { onCheck }: ExperimentHost): Promise<DataCheck[]> {
  const checks: DataCheck[] = [];
  for (const target of datasets) {
    if ('missing' in target) continue;
    const { dataset, protocols } = target;
    const asked = {
      k: ks.at(-1)!,
      amongAll: protocols.some((protocol) => protocol !== 'fit-train'),
      // Splits that training has yet to cut are looked at then.
      byTrain: protocols.includes('fit-train') || (trained && dataset.split.some((split) => split > 0)),
    };
    const scored = encoders.filter(({ name }) => includes(name, target.name)).flatMap((item) => ('encoder' in item ? [item.encoder] : []));
    const found = await checkDataset({ dataset, encoders: scored, asked });
    onCheck(found);
    checks.push(found.check);
  }
  return checks;
}

import type { DataCheck } from '../datasets/check.ts';
import type { PromptChoice } from '../encoders/prompts.ts';
import { loadHnswLibrary } from '../knn/hnswlib.ts';
import { checkDataset } from './check-dataset.ts';
import type { ExperimentHost } from './experiment-host.ts';
import { OpenedInputs } from './host.ts';
import { openAll } from './opening.ts';
import { planScores, type ScorePlan } from './plan-scores.ts';
import { planTraining, type TrainingGridParams, type TrainingPlan } from './plan-training.ts';
import type { RunExperiment } from './resolve/experiment.ts';
import type { GridDataset, GridEncoder } from './grid.ts';
import { inShard } from './shard.ts';
import type { Settings } from './settings.ts';
import { unusedSettings } from './unused-settings.ts';

/** Checks of an experiment on this machine before its inputs are opened. Throws OPTION. */
export function checkRun({ settings }: RunExperiment): void {
  if (settings.index === 'hnswlib') loadHnswLibrary();
}

/** The plan of scores and training runs: nothing is computed yet. */
export interface PlannedRun {
  readonly inputs: OpenedInputs;
  readonly scores: ScorePlan;
  /** undefined if encoders stay frozen. */
  readonly trainings: TrainingPlan | undefined;
  readonly datasets: readonly GridDataset[];
  /** Data checks of the datasets. */
  readonly checks: readonly DataCheck[];
}

/** The jobs of a run, or only those of a shard. Throws whatever ends all of it; inputs that cannot be opened are among the failures. */
export async function planRun(experiment: RunExperiment, host: ExperimentHost): Promise<PlannedRun> {
  checkRun(experiment);
  const { encoders, datasets, settings, reading, opening, prompts, training } = experiment;
  const { workspace, warn, shard } = host;
  if (settings.concatNorms.length > 0 && encoders.length === 1) warn('Only one encoder: no concat results.');
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
    prompts,
    isPart: shard !== undefined,
    includes,
    warn,
    verbose: host.verbose ?? false,
  });
  if (opened.datasets.length === 0) warn(`Shard ${shard?.index} of ${shard?.of} has nothing to do: there are fewer shards.`);
  const there = opened.datasets.flatMap((each) => ('dataset' in each ? [each.dataset] : []));
  for (const line of unusedSettings(settings, there)) warn(line);
  const grid = { ...opened, includes };
  const scores = planScores({ ...grid, reading, opening, settings, trained });
  const checks = await checkAll({ grid, settings, trained }, host);
  const trainings = training && (await planTrainings({ ...training, ...experiment, inputs, includes, checked: checks }, { opened, host }));
  return { inputs, scores, trainings, datasets: opened.datasets, checks: [...checks, ...(trainings?.checks ?? [])] };
}

interface OpenedGrid {
  readonly encoders: readonly GridEncoder[];
  readonly datasets: readonly GridDataset[];
}

/** Training runs of what could be opened: the rest is among the failures already. */
async function planTrainings(
  params: Omit<TrainingGridParams, 'save'>,
  { opened, host }: { readonly opened: OpenedGrid; readonly host: ExperimentHost },
): Promise<TrainingPlan> {
  const isThere = (items: OpenedGrid['encoders'] | OpenedGrid['datasets']) => {
    const names = new Set(items.filter((item) => !('missing' in item)).map(({ name }) => name));
    return ({ name }: { readonly name: string }): boolean => names.has(name);
  };
  const promptless = new Set(opened.encoders.flatMap((item) => ('missing' in item ? [JSON.stringify([item.name, item.prompt])] : [])));
  const saidToLack = (encoder: string, prompt: PromptChoice): boolean => promptless.has(JSON.stringify([encoder, prompt]));
  const encoders = params.encoders.filter(isThere(opened.encoders));
  const datasets = params.datasets.filter(isThere(opened.datasets));
  return planTraining({ ...params, encoders, datasets, saidToLack, save: undefined }, host);
}

interface CheckAllParams {
  readonly grid: OpenedGrid & { readonly includes: (encoder: string, dataset: string) => boolean };
  readonly settings: Settings;
  /** Whether training follows. */
  readonly trained: boolean;
}

/** Reports the data check of each dataset with the encoders that are scored on it. */
async function checkAll(
  { grid: { encoders, datasets, includes }, settings: { ks, pairs }, trained }: CheckAllParams,
  { onCheck }: ExperimentHost,
): Promise<DataCheck[]> {
  const checks: DataCheck[] = [];
  for (const target of datasets) {
    if ('missing' in target) continue;
    const { dataset, protocols } = target;
    const asked = {
      k: ks.at(-1)!,
      amongAll: protocols.some((protocol) => protocol !== 'fit-train'),
      // Splits that training has yet to make are checked then.
      byTrain: protocols.includes('fit-train') || (trained && dataset.split.some((split) => split > 0)),
    };
    const scored = encoders.filter(({ name }) => includes(name, target.name)).flatMap((item) => ('encoder' in item ? [item.encoder] : []));
    const found = await checkDataset({ dataset, encoders: scored, asked, pairs });
    onCheck(found);
    checks.push(found.check);
  }
  return checks;
}

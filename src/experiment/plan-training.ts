import type { DataCheck } from '../datasets/check.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { trainedPoolingNote, type Trained } from '../embed/default-pooling.ts';
import type { Pooling } from '../embed/vectors.ts';
import { NO_PROMPT, type PromptChoice } from '../encoders/prompts.ts';
import { HarnessError, option, reason } from '../errors.ts';
import type { Failure, Row } from '../results/row.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import { checkDataset } from './check-dataset.ts';
import type { ExperimentHost } from './experiment-host.ts';
import type { OpenedInputs } from './host.ts';
import { jobOf, type TrainJob } from './job.ts';
import type { PairMode } from './pair-modes.ts';
import { inputsOf } from './plan-scores.ts';
import { checkPrompts, promptedWith, promptWord, type Prompts, type Unprompted } from './prompted.ts';
import { saveFolders } from './save-folders.ts';
import { checkFreeze, checkSave, expectedRows, type CellParams } from './train-job.ts';
import type { SecondField, TrainedEncoder } from './planned-result.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import { checkTrainable, forTraining, objectivesOf, poolingOf } from './trained-inputs.ts';
import type { Opening, Reading } from './workspace.ts';
import type { TrainingChoice } from './training-choice.ts';
import { unusedInTraining } from './unused-settings.ts';

export interface TrainingGridParams {
  readonly inputs: OpenedInputs;
  readonly encoders: readonly EncoderRef[];
  readonly datasets: readonly DatasetRef[];
  /** undefined: `trainedPooling` determines it for each encoder. */
  readonly pooling: Pooling | undefined;
  readonly choice: TrainingChoice;
  readonly reading: Reading;
  readonly opening: Opening;
  /** Prompts put before every text, one training run each. */
  readonly prompts?: Prompts;
  /** Whether it was reported already that an encoder lacks a prompt, so that it is not reported as a failure of its training too. */
  readonly saidToLack?: ((encoder: string, prompt: PromptChoice) => boolean) | undefined;
  /** Folder for the trained encoder; with several runs, of one subfolder each. */
  readonly save: string | undefined;
  /** Whether training texts are saved in it. Default: true. */
  readonly texts?: boolean | undefined;
  /** Whether an encoder is to be fine-tuned on a dataset. */
  readonly includes: (encoder: string, dataset: string) => boolean;
  /** Earlier data checks: repeated for datasets that have been split since. */
  readonly checked: readonly DataCheck[];
}

/** The plan of training runs: nothing is computed yet. */
export interface TrainingPlan {
  readonly runs: readonly PlannedTraining[];
  readonly inputs: OpenedInputs;
  /** Data checks that are new. */
  readonly checks: readonly DataCheck[];
  /** Prompts that an encoder lacks, for every dataset. */
  readonly failures: readonly Failure[];
}

export interface PlannedTraining {
  readonly cell: CellParams;
  readonly job: TrainJob;
  /** Its rows, without scores. */
  readonly expected: readonly Row[];
}

interface Target {
  readonly ref: DatasetRef;
  readonly dataset: Dataset;
  readonly second: SecondField | undefined;
}

/**
 * Plans every encoder on every dataset with every objective and seed. Throws what would end them all: inputs that cannot be opened, results
 * that must not be replaced, a folder that cannot be written.
 */
export async function planTraining(params: TrainingGridParams, host: ExperimentHost): Promise<TrainingPlan> {
  const { encoders, datasets, choice, inputs, opening, prompts, includes } = params;
  if (choice.vectorsAt.length > 0 && host.keeper.folder === undefined) {
    throw new HarnessError('OPTION', {
      where: option('vectorsAt'),
      what: 'It saves vectors in a results folder, and none is given.',
      hint: `Give one with ${option('out')}.`,
    });
  }
  const targets: Target[] = [];
  for (const each of datasets)
    if (encoders.some(({ name }) => includes(name, each.name))) targets.push(await openTarget(params, each, host));
  for (const line of unusedInTraining(
    choice,
    targets.map(({ dataset }) => dataset),
  ))
    host.warn(line);
  const opened: OpenedTrained[] = [];
  const unprompted: Unprompted[] = [];
  for (const ref of encoders) {
    if (!datasets.some(({ name }) => includes(ref.name, name))) continue;
    const target = await inputs.trained(ref, prompts === undefined ? opening : { ...opening, prompt: NO_PROMPT });
    const note = params.pooling === undefined ? trainedPoolingNote(target.encoder) : undefined;
    if (note !== undefined) host.warn(`${ref.name}: ${note}`);
    for (const each of promptedWith(target, prompts, (of, prompt) => ({ ...of, encoder: inputs.prompted(of.encoder, prompt) }))) {
      if ('opened' in each) opened.push({ ref, prompt: each.prompt, ...each.opened });
      else unprompted.push({ encoder: ref.name, prompt: each.prompt!, error: each.error });
    }
  }
  const all = new Set([...opened.map(({ ref }) => ref.name), ...unprompted.map(({ encoder }) => encoder)]);
  if (host.shard === undefined) checkPrompts(unprompted, all.size);
  const cells = cellsOf(params, { targets, opened, host }).filter(({ cell: { target, dataset } }) =>
    includes(target.encoder.name, dataset.key),
  );
  const planned = cells.map(({ cell, job }) => ({ cell, job, expected: expectedRows(cell) }));
  await checkAny(cells.map(({ cell }) => cell));
  for (const { cell } of cells) await checkSave(cell);
  const failures = failuresOf(params, { targets, opened, unprompted });
  return { runs: planned, inputs, checks: await checkTargets(params, { targets, opened, host }), failures };
}

/** A prompt that an encoder lacks, as a failure on each dataset, unless it was reported already. */
function failuresOf(
  { pooling, includes, saidToLack = () => false }: TrainingGridParams,
  { targets, opened, unprompted }: Pick<Opened, 'targets' | 'opened'> & { readonly unprompted: readonly Unprompted[] },
): Failure[] {
  const unsaid = unprompted.filter(({ encoder, prompt }) => !saidToLack(encoder, prompt));
  const trained = (name: string): Trained => opened.find(({ ref }) => ref.name === name)?.encoder ?? { depth: 1 };
  return unsaid.flatMap(({ encoder, prompt, error }) =>
    targets
      .filter(({ dataset }) => includes(encoder, dataset.key))
      .map(({ dataset }) => ({
        encoder,
        dataset: dataset.key,
        pooling: poolingOf(dataset, pooling, trained(encoder)),
        prompt: promptWord(prompt),
        reason: reason(error),
      })),
  );
}

/** With several training runs, a problem of one is a failure of that run; a problem of all ends them before anything is deleted. */
async function checkAny(cells: readonly CellParams[]): Promise<void> {
  const freezable = new Map<TrainedEncoder, Promise<void>>();
  let first: HarnessError | undefined;
  for (const cell of cells) {
    const { target, choice } = cell;
    try {
      checkTrainable(cell);
      freezable.set(target, freezable.get(target) ?? checkFreeze(target, choice.trainer.freeze));
      await freezable.get(target);
      return;
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      first ??= error;
    }
  }
  if (first !== undefined) throw first;
}

interface Opened {
  readonly targets: readonly Target[];
  readonly opened: readonly OpenedTrained[];
  readonly host: ExperimentHost;
}

/** Reports the data checks of the datasets with the splits that they are trained with. */
async function checkTargets({ choice, includes, checked }: TrainingGridParams, { targets, opened, host }: Opened): Promise<DataCheck[]> {
  const checks: DataCheck[] = [];
  for (const { dataset } of targets) {
    const before = checked.find((check) => check.dataset === dataset.key);
    if (before?.sample === dataset.sample) continue;
    // No text is counted twice.
    const encoders = before === undefined ? opened.map(({ encoder }) => encoder).filter(({ name }) => includes(name, dataset.key)) : [];
    const found = await checkDataset({
      dataset,
      encoders,
      asked: { k: choice.neighbours.k, amongAll: false, byTrain: true },
      pairs: pairModesOf(dataset, choice),
    });
    host.onCheck({ ...found, before });
    checks.push(found.check);
  }
  return checks;
}

/** How its pairs are encoded: truncation depends on it. */
function pairModesOf(dataset: Dataset, choice: TrainingChoice): PairMode[] {
  const apart = objectivesOf(dataset, choice).map((name) => OBJECTIVES[name].needs.apart);
  return [...(apart.includes(true) ? ['separate' as const] : []), ...(apart.includes(false) ? ['joint' as const] : [])];
}

/** An encoder to be fine-tuned, and its reference. */
interface OpenedTrained extends TrainedEncoder {
  readonly ref: EncoderRef;
  readonly prompt: PromptChoice | undefined;
}

/** Every encoder on every dataset with every objective and seed: as a job, and with its inputs opened. */
function cellsOf(params: TrainingGridParams, { targets, opened, host }: Opened): { readonly cell: CellParams; readonly job: TrainJob }[] {
  const { choice, pooling, reading, opening, texts } = params;
  const folderOf = saveFolders(params);
  const { workspace, keeper, progress, warn, signal } = host;
  return targets.flatMap(({ ref, dataset, second }) =>
    opened.flatMap((target) =>
      objectivesOf(dataset, choice).flatMap((objective) =>
        choice.seeds.map((seed) => {
          const cell: CellParams = {
            target,
            dataset,
            pooling: poolingOf(dataset, pooling, target.encoder),
            objective,
            seed,
            choice,
            second: OBJECTIVES[objective].needs.secondLabels ? second : undefined,
            runs: workspace.trainingFolder,
            out: keeper.folder,
            overwrite: keeper.overwrite,
            save: folderOf({ encoder: target.ref.name, dataset: ref.name, objective, seed, prompt: target.prompt }),
            texts,
            source: { encoder: target.ref, dataset: ref },
            progress,
            warn,
            signal,
          };
          const job = jobOf({
            kind: 'train' as const,
            encoders: [target.ref],
            dataset: ref,
            reading: firstSeeded(reading, choice),
            opening: { ...opening, prompt: target.prompt },
            inputs: inputsOf(dataset, [target.encoder]),
            pooling: cell.pooling,
            objective,
            seed,
            choice,
          });
          return { cell, job };
        }),
      ),
    ),
  );
}

/** A sample is drawn with the first seed, so that all runs train on the same texts. */
function firstSeeded(reading: Reading, { seeds }: TrainingChoice): Reading {
  return { ...reading, seed: seeds[0]! };
}

async function openTarget(
  { choice, reading: given, inputs }: TrainingGridParams,
  ref: DatasetRef,
  { workspace }: ExperimentHost,
): Promise<Target> {
  const reading = firstSeeded(given, choice);
  const dataset = await inputs.dataset(ref, reading);
  const wanted = objectivesOf(dataset, choice).some((name) => OBJECTIVES[name].needs.secondLabels);
  const field = { field: choice.secondLabelField, first: dataset.labelField };
  return { ref, dataset: forTraining(dataset, choice), second: wanted ? await workspace.openSecondField(ref, reading, field) : undefined };
}

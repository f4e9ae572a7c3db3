import path from 'node:path';
import type { DataCheck } from '../datasets/check.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { TOKEN_BUDGET } from '../embed/batches.ts';
import type { Pooling } from '../embed/vectors.ts';
import { HarnessError, option, reason } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { mergeCurves, readCurves, writeCurves, curveRow, type CurveRow, type Epoch } from '../results/curves.ts';
import type { ResultsFolder } from '../results/folder.ts';
import { mergeRows } from '../results/merge.ts';
import type { Failure, Row } from '../results/row.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import { checkDataset, type CheckedDataset } from './check-dataset.ts';
import { OpenedInputs } from './host.ts';
import { jobOf, scoredCells, type TrainJob } from './job.ts';
import { inputsOf } from './plan.ts';
import { runJob } from './run-job.ts';
import { checkSave, expectedRows, forTraining, lacksFiles, type CellParams, type SecondField, type TrainedEncoder } from './train-job.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { Opening, Reading, Workspace } from './workspace.ts';
import type { TrainingChoice } from './training-choice.ts';

export interface TrainingGridParams {
  readonly workspace: Workspace;
  /** What was opened before; omitted: nothing. */
  readonly inputs?: OpenedInputs | undefined;
  readonly encoders: readonly EncoderRef[];
  readonly datasets: readonly DatasetRef[];
  readonly pooling: Pooling;
  readonly choice: TrainingChoice;
  readonly reading: Reading;
  readonly opening: Opening;
  /** Where rows and curves are written, run by run. */
  readonly results: ResultsFolder;
  readonly save: string | undefined;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  readonly signal: AbortSignal;
  /** Whether an encoder is to be trained on a data set; left out: each on each. */
  readonly includes?: ((encoder: string, dataset: string) => boolean) | undefined;
  /** What was said of the data sets before: said again where splits were cut since. */
  readonly checked?: readonly DataCheck[] | undefined;
  /** Takes what the data are like, before anything is computed. */
  readonly onCheck: (checked: CheckedDataset & { readonly before: DataCheck | undefined }) => void;
}

export interface TrainingOutcome {
  readonly rows: Row[];
  /** Those of them that were there before. */
  readonly kept: number;
  readonly failures: Failure[];
  /** What the data sets are like, as far as it was not known. */
  readonly checks: readonly DataCheck[];
}

interface Target {
  readonly ref: DatasetRef;
  readonly dataset: Dataset;
  readonly second: SecondField | undefined;
}

/** Trains every encoder on every data set with every objective and seed, run by run. What fails only while it runs does not end the others. */
export async function trainGrid(params: TrainingGridParams): Promise<TrainingOutcome> {
  const { encoders, datasets, choice, results, workspace, opening, signal, includes = () => true } = params;
  const runs = encoders.length * datasets.length * choice.objectives.length * choice.seeds.length;
  if (params.save !== undefined && encoders.length * datasets.length * choice.objectives.length > 1) {
    throw new HarnessError('OPTION', {
      where: option('save'),
      what: `It takes one encoder, data set and objective, and there are ${runs} runs.`,
      mend: `Name one of each, or leave ${option('save')} out.`,
    });
  }
  const inputs = params.inputs ?? new OpenedInputs(workspace);
  const targets: Target[] = [];
  for (const each of datasets)
    if (encoders.some(({ name }) => includes(name, each.name))) targets.push(await openTarget(params, each, inputs));
  const opened: OpenedTrained[] = [];
  for (const ref of encoders)
    if (datasets.some(({ name }) => includes(ref.name, name))) opened.push({ ref, ...(await inputs.trained(ref, opening)) });
  const cells = cellsOf(params, { targets, opened }).filter(({ cell: { target, dataset } }) => includes(target.encoder.name, dataset.key));
  const curves = await Curves.open(results.path);
  const planned = cells.map(({ cell, job }) => ({ cell, job, expected: expectedRows(cell) }));
  await results.check(planned.flatMap(({ expected }) => expected));
  for (const { cell } of cells) await checkSave(cell);
  await results.add([]);
  const checks = await checkTargets(params, { targets, opened });

  const rows: Row[] = [];
  const failures: Failure[] = [];
  let kept = 0;
  const add = (fresh: readonly Row[]): void => void rows.splice(0, Infinity, ...mergeRows({ old: rows, fresh }));
  for (const { cell, job, expected } of planned) {
    if (signal.aborted) break;
    const there = curves.has(expected.at(-1)!.training) && !(await lacksFiles(cell)) ? await results.kept(expected) : undefined;
    if (there !== undefined) {
      add(there);
      kept += there.length;
      continue;
    }
    try {
      const { out, save, overwrite } = cell;
      const {
        trainer: { threads },
      } = choice;
      const result = await runJob(job, {
        inputs,
        workspace,
        threads,
        tokenBudget: TOKEN_BUDGET,
        progress: params.progress,
        warn: params.warn,
        signal,
        files: { out, save, overwrite },
      });
      add(result.cells.map(({ row }) => row));
      // The curve first: a run whose rows are there is not made again.
      await results.write(CURVES, () => curves.add(result.curve));
      await results.add(scoredCells(result));
    } catch (error) {
      if (signal.aborted && error === signal.reason) break;
      if (!(error instanceof HarnessError) || error.code === 'INTERNAL' || error.code === 'OUTPUT' || runs === 1) throw error;
      failures.push({
        encoder: cell.target.encoder.name,
        dataset: cell.dataset.key,
        pooling: cell.pooling,
        objective: cell.objective,
        reason: reason(error),
      });
    }
  }
  await results.write(CURVES, () => curves.keepOnly(new Set(results.rows.map(({ training }) => training))));
  return { rows, kept, failures, checks };
}

/** Says what the data sets are like with the splits that they are trained with. */
async function checkTargets(
  {
    choice: {
      neighbours: { k },
    },
    includes = () => true,
    checked = [],
    onCheck,
  }: TrainingGridParams,
  { targets, opened }: { readonly targets: readonly Target[]; readonly opened: readonly OpenedTrained[] },
): Promise<DataCheck[]> {
  const checks: DataCheck[] = [];
  for (const { dataset } of targets) {
    const before = checked.find((check) => check.dataset === dataset.key);
    if (before?.sample === dataset.sample) continue;
    // No text is counted again.
    const encoders = before === undefined ? opened.map(({ encoder }) => encoder).filter(({ name }) => includes(name, dataset.key)) : [];
    const found = await checkDataset({ dataset, encoders, asked: { k, amongAll: false, byTrain: true } });
    onCheck({ ...found, before });
    checks.push(found.check);
  }
  return checks;
}

/** An encoder to be trained, and how it was asked for. */
interface OpenedTrained extends TrainedEncoder {
  readonly ref: EncoderRef;
}

/** Every encoder on every data set with every objective and seed: as a job, and with its inputs opened. */
function cellsOf(
  params: TrainingGridParams,
  { targets, opened }: { readonly targets: readonly Target[]; readonly opened: readonly OpenedTrained[] },
): { readonly cell: CellParams; readonly job: TrainJob }[] {
  const { choice, workspace, results, pooling, reading, opening } = params;
  return targets.flatMap(({ ref, dataset, second }) =>
    opened.flatMap((target) =>
      choice.objectives.flatMap((objective) =>
        choice.seeds.map((seed) => {
          const cell: CellParams = {
            ...params,
            target,
            dataset,
            objective,
            seed,
            second: OBJECTIVES[objective].needs.secondLabels ? second : undefined,
            runs: workspace.trainingFolder,
            out: results.path,
            overwrite: results.policy === 'overwrite',
            save: params.save === undefined || choice.seeds.length === 1 ? params.save : path.join(params.save, `seed-${seed}`),
          };
          const job = jobOf({
            kind: 'train' as const,
            encoders: [target.ref],
            dataset: ref,
            reading: readingOf(reading, choice),
            opening,
            inputs: inputsOf(dataset, [target.encoder]),
            pooling,
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

/** A sample is that of the first seed, so that all runs train on the same texts. */
function readingOf(reading: Reading, { seeds }: TrainingChoice): Reading {
  return { ...reading, seed: seeds[0]! };
}

const CURVES = 'training.csv';

/** The curves of a results folder. */
class Curves {
  readonly #file: string;
  #rows: readonly CurveRow[];

  private constructor(file: string, rows: readonly CurveRow[]) {
    this.#file = file;
    this.#rows = rows;
  }

  static async open(folder: string): Promise<Curves> {
    const file = path.join(folder, CURVES);
    return new Curves(file, await readCurves(file));
  }

  /** Whether it has a run with these settings. */
  has(hash: string): boolean {
    return this.#rows.some(({ training }) => training === hash);
  }

  /** Lets curves go of runs whose rows were replaced; those of older versions have no hash, and stay. */
  async keepOnly(hashes: ReadonlySet<string>): Promise<void> {
    const all = await readCurves(this.#file);
    const kept = all.filter(({ training }) => training === '' || hashes.has(training));
    if (kept.length < all.length) await writeCurves({ file: this.#file, rows: kept });
  }

  async add(curve: readonly Epoch[]): Promise<void> {
    // Another run may have added its own meanwhile.
    this.#rows = mergeCurves({ old: await readCurves(this.#file), fresh: curve.map(curveRow) });
    await writeCurves({ file: this.#file, rows: this.#rows });
  }
}

async function openTarget(
  { workspace, choice, reading: given }: TrainingGridParams,
  ref: DatasetRef,
  inputs: OpenedInputs,
): Promise<Target> {
  const reading = readingOf(given, choice);
  const dataset = await inputs.dataset(ref, reading);
  const wanted = choice.objectives.some((name) => OBJECTIVES[name].needs.secondLabels);
  const field = { field: choice.secondLabelField, first: dataset.labelField };
  return { ref, dataset: forTraining(dataset, choice), second: wanted ? await workspace.openSecondField(ref, reading, field) : undefined };
}

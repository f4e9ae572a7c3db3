import path from 'node:path';
import type { DataCheck } from '../src/datasets/check.ts';
import type { Dataset } from '../src/datasets/dataset.ts';
import type { Limit } from '../src/datasets/limit.ts';
import type { Pooling } from '../src/embed/vectors.ts';
import { HarnessError, reason } from '../src/errors.ts';
import type { Progress } from '../src/report/progress.ts';
import { mergeCurves, readCurves, writeCurves, curveRow, type CurveRow, type Epoch } from '../src/results/curves.ts';
import type { ResultsFolder } from '../src/results/folder.ts';
import { mergeRows } from '../src/results/merge.ts';
import type { Failure, Row } from '../src/results/row.ts';
import { OBJECTIVES } from '../src/training/objectives.ts';
import { sayDataCheck } from './data-check.ts';
import { checkSave, expectedRows, finetuneCell, forTraining, lacksFiles, type CellParams, type SecondField, type TrainedEncoder } from './finetuning.ts';
import type { DatasetChoice, EncoderChoice, Inputs } from './inputs.ts';
import type { TrainingChoice } from './training-options.ts';

export interface TrainingGridParams {
  readonly inputs: Inputs;
  readonly encoders: readonly EncoderChoice[];
  readonly datasets: readonly DatasetChoice[];
  readonly pooling: Pooling;
  readonly choice: TrainingChoice;
  readonly limit: Limit | undefined;
  readonly labels: 'first' | 'all';
  readonly maxLength: number | undefined;
  readonly dtype: string | undefined;
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
  readonly dataset: Dataset;
  readonly second: SecondField | undefined;
}

/** Trains every encoder on every data set with every objective and seed, run by run. What fails only while it runs does not end the others. */
export async function trainGrid(params: TrainingGridParams): Promise<TrainingOutcome> {
  const { encoders, datasets, choice, results, inputs, signal, includes = () => true } = params;
  const runs = encoders.length * datasets.length * choice.objectives.length * choice.seeds.length;
  if (params.save !== undefined && encoders.length * datasets.length * choice.objectives.length > 1) {
    throw new HarnessError('OPTION', { where: '--save', what: `It takes one encoder, data set and objective, and there are ${runs} runs.`, mend: 'Name one of each, or leave --save out.' });
  }
  const targets: Target[] = [];
  for (const each of datasets) if (encoders.some(({ name }) => includes(name, each.name))) targets.push(await openTarget(params, each));
  const opened: TrainedEncoder[] = [];
  for (const each of encoders) if (datasets.some(({ name }) => includes(each.name, name))) opened.push(await inputs.openTrained(each, params));
  const cells = cellsOf(params, { targets, opened }).filter(({ target, dataset }) => includes(target.encoder.name, dataset.key));
  const curves = await Curves.open(results.path);
  const planned = cells.map((cell) => ({ cell, expected: expectedRows(cell) }));
  await results.check(planned.flatMap(({ expected }) => expected));
  for (const cell of cells) await checkSave(cell);
  await results.add([]);
  const checks = await checkTargets(params, { targets, opened });

  const rows: Row[] = [];
  const failures: Failure[] = [];
  let kept = 0;
  const add = (fresh: readonly Row[]): void => void rows.splice(0, Infinity, ...mergeRows({ old: rows, fresh }));
  for (const { cell, expected } of planned) {
    if (signal.aborted) break;
    const there = curves.has(expected.at(-1)!.training) && !(await lacksFiles(cell)) ? await results.kept(expected) : undefined;
    if (there !== undefined) {
      add(there);
      kept += there.length;
      continue;
    }
    try {
      const done = await finetuneCell(cell);
      add(done.cells.map(({ row }) => row));
      // The curve first: a run whose rows are there is not made again.
      await results.write(CURVES, () => curves.add(done.curve));
      await results.add(done.cells);
    } catch (error) {
      if (signal.aborted && error === signal.reason) break;
      if (!(error instanceof HarnessError) || error.code === 'INTERNAL' || error.code === 'OUTPUT' || runs === 1) throw error;
      failures.push({ encoder: cell.target.encoder.name, dataset: cell.dataset.key, pooling: cell.pooling, objective: cell.objective, reason: reason(error) });
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
    progress,
    warn,
  }: TrainingGridParams,
  { targets, opened }: { readonly targets: readonly Target[]; readonly opened: readonly TrainedEncoder[] },
): Promise<DataCheck[]> {
  const checks: DataCheck[] = [];
  for (const { dataset } of targets) {
    const before = checked.find((check) => check.dataset === dataset.key);
    if (before?.sample === dataset.sample) continue;
    const encoders = opened.map(({ encoder }) => encoder).filter(({ name }) => includes(name, dataset.key));
    checks.push(await sayDataCheck({ dataset, encoders, asked: { k, amongAll: false, byTrain: true }, before, progress, warn }));
  }
  return checks;
}

/** Every encoder on every data set with every objective and seed. */
function cellsOf(params: TrainingGridParams, { targets, opened }: { readonly targets: readonly Target[]; readonly opened: readonly TrainedEncoder[] }): CellParams[] {
  const { choice: { objectives, seeds }, inputs, results } = params;
  return targets.flatMap(({ dataset, second }) => opened.flatMap((target) => objectives.flatMap((objective) => seeds.map((seed): CellParams => ({
    ...params, target, dataset, objective, seed,
    second: OBJECTIVES[objective].needs.secondLabels ? second : undefined,
    runs: inputs.trainingFolder,
    out: results.path,
    overwrite: results.policy === 'overwrite',
    save: params.save === undefined || seeds.length === 1 ? params.save : path.join(params.save, `seed-${seed}`),
  })))));
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

async function openTarget({ inputs, choice, limit, labels }: TrainingGridParams, each: DatasetChoice): Promise<Target> {
  const settings = { labels, limit, seed: choice.seeds[0]! };
  const dataset = await inputs.openDataset(each, settings);
  const wanted = choice.objectives.some((name) => OBJECTIVES[name].needs.secondLabels);
  return { dataset: forTraining(dataset, choice), second: wanted ? await inputs.openSecondField(each, settings, { field: choice.secondLabelField, first: dataset.labelField }) : undefined };
}

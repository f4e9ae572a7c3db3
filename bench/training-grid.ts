import path from 'node:path';
import type { Dataset } from '../src/datasets/dataset.ts';
import type { Pooling } from '../src/embed/vectors.ts';
import { HarnessError, reason } from '../src/errors.ts';
import type { Progress } from '../src/report/progress.ts';
import { mergeCurves, readCurves, writeCurves, curveRow, type Epoch } from '../src/results/curves.ts';
import { mergeRows } from '../src/results/merge.ts';
import type { Failure, Row } from '../src/results/row.ts';
import { OBJECTIVES } from '../src/training/objectives.ts';
import { finetuneCell, forTraining, type SecondField, type TrainedEncoder } from './finetuning.ts';
import type { DatasetChoice, EncoderChoice, Inputs } from './inputs.ts';
import type { TrainingChoice } from './training-options.ts';

export interface TrainingGridParams {
  readonly inputs: Inputs;
  readonly encoders: readonly EncoderChoice[];
  readonly datasets: readonly DatasetChoice[];
  readonly pooling: Pooling;
  readonly choice: TrainingChoice;
  readonly limit: number | undefined;
  readonly labels: 'first' | 'all';
  readonly maxLength: number | undefined;
  readonly dtype: string | undefined;
  readonly out: string;
  readonly save: string | undefined;
  readonly overwrite: boolean;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  /** Called after every run with all rows so far: they are written at once. */
  readonly onRows: (rows: readonly Row[]) => Promise<void>;
}

export interface TrainingOutcome {
  readonly rows: Row[];
  readonly failures: Failure[];
}

interface Target {
  readonly dataset: Dataset;
  readonly second: SecondField | undefined;
}

/** Trains every encoder on every data set with every objective and seed, run by run. What fails only while it runs does not end the others. */
export async function trainGrid(params: TrainingGridParams): Promise<TrainingOutcome> {
  const { encoders, datasets, choice, pooling, out, onRows, inputs } = params;
  const runs = encoders.length * datasets.length * choice.objectives.length * choice.seeds.length;
  if (params.save !== undefined && encoders.length * datasets.length * choice.objectives.length > 1) {
    throw new HarnessError('OPTION', { where: '--save', what: `It takes one encoder, data set and objective, and there are ${runs} runs.`, mend: 'Name one of each, or leave --save out.' });
  }
  const targets: Target[] = [];
  for (const each of datasets) targets.push(await openTarget(params, each));
  const opened: TrainedEncoder[] = [];
  for (const each of encoders) opened.push(await inputs.openTrained(each, params));

  const rows: Row[] = [];
  const failures: Failure[] = [];
  const curves: Epoch[] = [];
  const curveFile = path.join(out, 'training.csv');
  const oldCurves = await readCurves(curveFile);
  for (const { dataset, second } of targets) {
    for (const target of opened) {
      for (const objective of choice.objectives) {
        for (const seed of choice.seeds) {
          try {
            const save = params.save === undefined || choice.seeds.length === 1 ? params.save : path.join(params.save, `seed-${seed}`);
            const cell = await finetuneCell({ ...params, target, dataset, second: OBJECTIVES[objective].needs.secondLabels ? second : undefined, objective, seed, runs: inputs.trainingFolder, save });
            rows.splice(0, Infinity, ...mergeRows({ old: rows, fresh: cell.rows }));
            curves.push(...cell.curve);
            await onRows(rows);
            await writeCurves({ file: curveFile, rows: mergeCurves({ old: oldCurves, fresh: curves.map(curveRow) }) });
          } catch (error) {
            if (!(error instanceof HarnessError) || error.code === 'INTERNAL' || runs === 1) throw error;
            failures.push({ encoder: target.encoder.name, dataset: dataset.key, pooling, objective, reason: reason(error) });
          }
        }
      }
    }
  }
  return { rows, failures };
}

async function openTarget({ inputs, choice, limit, labels }: TrainingGridParams, each: DatasetChoice): Promise<Target> {
  const settings = { labels, limit, seed: choice.seeds[0]! };
  const dataset = await inputs.openDataset(each, settings);
  const wanted = choice.objectives.some((name) => OBJECTIVES[name].needs.secondLabels);
  return { dataset: forTraining(dataset, choice), second: wanted ? await inputs.openSecondField(each, settings, { field: choice.secondLabelField, first: dataset.labelField }) : undefined };
}

import { createHash } from 'node:crypto';
import type { TrainedPooling } from '../embed/default-pooling.ts';
import type { Epoch } from '../results/curves.ts';
import { predictionsOf, outcomesOf, type Truth } from '../results/predictions.ts';
import { resultKey } from '../results/merge.ts';
import type { Method } from '../maps/projection.ts';
import type { CostRow } from '../results/costs.ts';
import type { EstimateRow } from '../results/estimates.ts';
import type { Failure, Row } from '../results/row.ts';
import type { ScoredCell } from '../results/scored.ts';
import type { Timing } from '../results/timings.ts';
import type { ObjectiveName } from '../training/objective.ts';
import type { MapDrawing } from './map-drawing.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { RankedValue } from './ranked-value.ts';
import type { MapSettings, RankSettings, Settings } from './settings.ts';
import type { TrainingChoice } from './training-choice.ts';
import type { Opening, Reading } from './workspace.ts';

/** A unit of work as a plain value: written as JSON, read back and run elsewhere, it gives byte-identical results. */
export type Job = ScoreJob | ConcatJob | TrainJob | EstimateJob | MapJob;

/** Inputs of a job with their content hashes: with other content it is a different job. */
interface OfInputs {
  /** Hash of all that determines the result. */
  readonly id: string;
  readonly encoders: readonly EncoderRef[];
  readonly dataset: DatasetRef;
  readonly reading: Reading;
  readonly opening: Opening;
  readonly inputs: JobInputs;
}

export interface JobInputs {
  /** sha256 over texts, labels and splits. */
  readonly data: string;
  /** For each encoder, in order: sha256 of graph and weights, and of the tokenizer with the prompt. */
  readonly encoders: readonly { readonly file: string; readonly tokenizer: string }[];
}

/** The rows of one vector of an encoder as they will be, without scores. */
export interface WantedVector {
  readonly encoder: string;
  readonly pooling: string;
  readonly layers: string;
  /** Omitted for full vectors. */
  readonly dim?: number | undefined;
  readonly rows: readonly Row[];
}

/** Scores of frozen vectors: one encoder file, with its truncations, on one dataset. Its texts are encoded once for all vectors. */
export interface ScoreJob extends OfInputs {
  readonly kind: 'score';
  readonly vectors: readonly WantedVector[];
  /** With the protocols that the dataset's splits allow. */
  readonly settings: Settings;
  /** The encoders are also fine-tuned: their checkpoints are preferred to ONNX files. */
  readonly trained: boolean;
}

/** Scores of the concatenated vectors of all encoders of the run. Reads what the jobs of its members stored. */
export interface ConcatJob extends Omit<ScoreJob, 'kind'> {
  readonly kind: 'concat';
}

/** One encoder fine-tuned on one dataset with one objective and seed. */
export interface TrainJob extends OfInputs {
  readonly kind: 'train';
  readonly pooling: TrainedPooling;
  readonly objective: ObjectiveName;
  readonly seed: number;
  readonly choice: TrainingChoice;
  /** Train on a sample of this many texts (samples are nested), without test. Default: all texts. */
  readonly part?: number | undefined;
  /** With a sample: score test too. */
  readonly partTest?: boolean | undefined;
}

/** All estimators for one encoder on one dataset. */
export interface EstimateJob extends OfInputs {
  readonly kind: 'estimate';
  readonly settings: RankSettings;
  /** Sizes of class-stratified samples, each drawn from the one before; empty: all texts. */
  readonly samples: readonly number[];
  /** Open the encoder as for fine-tuning, and use only the training texts, without those held out for dev and test. */
  readonly ofTrain?: Pick<TrainingChoice, 'shares' | 'seeds'> | undefined;
}

/** 2D projection of the vectors of one encoder. */
export interface MapJob extends OfInputs {
  readonly kind: 'map';
  readonly method: Method;
  readonly settings: MapSettings;
}

/** Result of a job, as a plain value. */
export interface JobResult {
  /** Id of the job. */
  readonly job: string;
  /** True labels by id, which results refer to. */
  readonly truths: Readonly<Record<string, Truth>>;
  readonly cells: readonly JobCell[];
  /** Learning curve of a training run, one entry per epoch. */
  readonly curve: readonly Epoch[];
  readonly failures: readonly Failure[];
  readonly timings: readonly Timing[];
  /** Only of an estimate. */
  readonly estimate?: JobEstimate | undefined;
  /** Only of a map. */
  readonly map?: MapDrawing | undefined;
}

/** Estimates for an encoder, and their cost. */
export interface JobEstimate {
  readonly rows: readonly EstimateRow[];
  readonly cost: CostRow | undefined;
  readonly ranked: RankedValue;
  /** Milliseconds that do not grow with the number of texts. */
  readonly fixedMs: number;
  readonly estimateMs: number;
}

export interface JobCell {
  readonly row: Row;
  /** Id of its truth. */
  readonly truth: string;
  /** One character per text: correct, or the predicted class. */
  readonly given: string;
}

export type { MapDrawing };

type Unnamed<T> = T extends Job ? Omit<T, 'id'> : never;

/** The job with its id: a hash of all that determines its result. Threads and batch sizes do not. */
export function jobOf<T extends Unnamed<Job>>(job: T): T & { readonly id: string } {
  return {
    ...job,
    id: createHash('sha256')
      .update(JSON.stringify(decisive(job)))
      .digest('hex')
      .slice(0, 16),
  };
}

/** The fields that determine a job's result. */
export function decisive(job: Unnamed<Job>): unknown {
  switch (job.kind) {
    case 'score':
    case 'concat': {
      const { threads: _threads, tokenBudget: _budget, ...settings } = job.settings;
      return { ...job, settings };
    }
    case 'train': {
      const {
        trainer: { threads: _threads, ...trainer },
        neighbours: { threads: _search, ...neighbours },
        ...choice
      } = job.choice;
      return { ...job, choice: { ...choice, trainer, neighbours } };
    }
    case 'estimate':
    case 'map': {
      const { threads: _threads, tokenBudget: _budget, ...settings } = job.settings;
      return { ...job, settings };
    }
    default:
      return job satisfies never;
  }
}

/** A job's results as a plain value. */
export function jobCells(cells: readonly ScoredCell[]): Pick<JobResult, 'truths' | 'cells'> {
  const truths: Record<string, Truth> = {};
  const compact = cells.map((cell): JobCell => {
    const examples = predictionsOf(cell);
    for (const [id, truth] of examples.truths) truths[id] = truth;
    const { truth, given } = examples.cells.get(resultKey(cell.row))!;
    return { row: cell.row, truth, given };
  });
  return { truths, cells: compact };
}

/** The results of a job, for storing or showing. Throws FORMAT if predictions and truths do not match. */
export function scoredResults({ job, truths, cells }: Pick<JobResult, 'job' | 'truths' | 'cells'>): ScoredCell[] {
  const known = new Map(Object.entries(truths));
  return cells.flatMap(({ row, truth, given }) => {
    const key = resultKey(row);
    const outcomes = outcomesOf({ truths: known, cells: new Map([[key, { cell: {}, truth, given }]]) }, key, `job ${job}`);
    return outcomes === undefined ? [] : [{ row, outcomes, classes: known.get(truth)!.classes }];
  });
}

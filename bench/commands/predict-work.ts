import type { Readable } from 'node:stream';
import type { PredictedRows, PredictRowsParams } from '../../src/classifiers/output/predict-rows.ts';
import type { PlacedRow } from '../../src/classifiers/output/rows-writer.ts';
import type { OutputRow } from '../../src/report/output/output.ts';
import type { TABLES } from '../../src/report/output/tables.ts';
import type { Asked } from './predict-asked.ts';
import type { Model, ModelParams, OpenedModel } from './predict-opened.ts';

export interface WorkParams extends ModelParams {
  readonly asked: Asked;
  readonly model: Model;
  /** Read for `-`; the process's where left out. */
  readonly stdin?: Readable | undefined;
}

/** What is to be done to an input that was opened: it differs with what the model says of rows. */
export interface Work<R extends PlacedRow, P, S> {
  /** Of the input. */
  readonly name: string;
  /** What rows are called. */
  readonly rows: 'texts' | 'sentences';
  /** Rows to come; undefined where they cannot be counted before. */
  readonly total: number | undefined;
  /** How the input is read and written: with the options, the model and the rows all that decides what is written. */
  readonly decided: readonly unknown[];
  /** Starts the model, and reads the input from its first row on. */
  readonly start: (opened: OpenedModel, signal: AbortSignal) => Promise<Started<R, P, S>>;
  /** What a person should know of the result, a sentence each. */
  readonly said: (result: PredictedRows<S>, opened: OpenedModel) => readonly string[];
  /** The same for programs. */
  readonly done: (result: PredictedRows<S>, opened: OpenedModel) => OutputRow<typeof TABLES.predict>;
  /** Ends what is waited for. */
  readonly end: () => void;
}

export interface Started<R extends PlacedRow, P, S> extends Pick<PredictRowsParams<R, P, S>, 'rows' | 'predict' | 'writer' | 'tally'> {
  readonly close: () => Promise<void>;
}

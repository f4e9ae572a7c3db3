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
  /** Read for `-`. Default: the standard input of the process. */
  readonly stdin?: Readable | undefined;
}

/** How an opened input is processed: it depends on what the model predicts. */
export interface Work<R extends PlacedRow, P, S> {
  /** Name of the input. */
  readonly name: string;
  /** What rows are. */
  readonly rows: 'texts' | 'sentences';
  /** Remaining rows; undefined if they cannot be counted in advance. */
  readonly total: number | undefined;
  /** How the input is read and written: together with the options, the model and the rows this determines the output. */
  readonly decided: readonly unknown[];
  /** Starts the model, and reads the input from its first row. */
  readonly start: (opened: OpenedModel, signal: AbortSignal) => Promise<Started<R, P, S>>;
  /** Human-readable notes about the result, one sentence each. */
  readonly said: (result: PredictedRows<S>, opened: OpenedModel) => readonly string[];
  /** The same, machine-readable. */
  readonly done: (result: PredictedRows<S>, opened: OpenedModel) => OutputRow<typeof TABLES.predict>;
  /** Stops waiting. */
  readonly end: () => void;
}

export interface Started<R extends PlacedRow, P, S> extends Pick<PredictRowsParams<R, P, S>, 'rows' | 'predict' | 'writer' | 'tally'> {
  readonly close: () => Promise<void>;
}

import path from 'node:path';
import { readJsonObject } from './json-file.ts';

/** How a saved encoder was trained. */
export interface TrainingRecord {
  /** Hash of everything that determines the run. */
  readonly training: string;
  readonly encoder: string;
  readonly dataset: string;
  readonly pooling: string;
  /** Prompt put before every text; omitted if none. */
  readonly prompt?: string | undefined;
  readonly objective: string;
  readonly seed: number;
  /** Best epoch by dev score. */
  readonly epoch: number;
  /** Whether training texts were to be saved with it; omitted by versions without them. */
  readonly texts?: boolean | undefined;
  /** Scores on texts that it was not trained on, test first: fractions, with 95% intervals. */
  readonly scores?: readonly SavedScore[] | undefined;
}

export interface SavedScore {
  readonly split: string;
  readonly metric: string;
  /** Null, like the interval, if undefined: a correlation of constant numbers. */
  readonly score: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Its file in the folder of the encoder. */
export const TRAINING_RECORD = 'training.json';

/** Hash of the run that saved the encoder in a folder; undefined if there is none. */
export async function savedBy(folder: string): Promise<string | undefined> {
  const record = await readJsonObject(path.join(folder, TRAINING_RECORD)).catch(() => undefined);
  return typeof record?.['training'] === 'string' ? record['training'] : undefined;
}

/** Training record of a saved encoder; undefined if there is none, or it is unreadable. */
export async function readTraining(folder: string): Promise<Partial<TrainingRecord> | undefined> {
  return (await readJsonObject(path.join(folder, TRAINING_RECORD)).catch(() => undefined)) as Partial<TrainingRecord> | undefined;
}

import path from 'node:path';
import { readJsonObject } from './json-file.ts';

/** What a saved encoder was trained for. */
export interface TrainingRecord {
  /** Hash of all that decides the run. */
  readonly training: string;
  readonly encoder: string;
  readonly dataset: string;
  readonly pooling: string;
  /** What stood before every text; left out for nothing. */
  readonly prompt?: string | undefined;
  readonly objective: string;
  readonly seed: number;
  /** That dev chose. */
  readonly epoch: number;
  /** Whether texts of train were to be kept beside it; left out by versions that kept none. */
  readonly texts?: boolean | undefined;
  /** What it came to on texts that it was not trained on, test first: fractions, with 95 % intervals. */
  readonly scores?: readonly SavedScore[] | undefined;
}

export interface SavedScore {
  readonly split: string;
  readonly metric: string;
  /** Null, as the interval is, where there is none: a correlation of numbers that are all the same. */
  readonly score: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Its file in the folder of the encoder. */
export const TRAINING_RECORD = 'training.json';

/** Hash of the run that an encoder in a folder was saved by; undefined where none was. */
export async function savedBy(folder: string): Promise<string | undefined> {
  const record = await readJsonObject(path.join(folder, TRAINING_RECORD)).catch(() => undefined);
  return typeof record?.['training'] === 'string' ? record['training'] : undefined;
}

/** What a saved encoder says of its training; undefined where there is none, or none that can be read. */
export async function readTraining(folder: string): Promise<Partial<TrainingRecord> | undefined> {
  return (await readJsonObject(path.join(folder, TRAINING_RECORD)).catch(() => undefined)) as Partial<TrainingRecord> | undefined;
}

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
}

/** Its file in the folder of the encoder. */
export const TRAINING_RECORD = 'training.json';

/** Hash of the run that an encoder in a folder was saved by; undefined where none was. */
export async function savedBy(folder: string): Promise<string | undefined> {
  const record = await readJsonObject(path.join(folder, TRAINING_RECORD)).catch(() => undefined);
  return typeof record?.['training'] === 'string' ? record['training'] : undefined;
}

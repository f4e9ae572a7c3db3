import { HarnessError } from '../errors.ts';
import { predictionsFile, readPredictions, type Predictions } from './predictions.ts';
import type { Row } from './row.ts';

export interface AllPredictionsParams {
  readonly folder: string;
  readonly rows: readonly Row[];
  /** Called with a warning for each broken file: tables can be made without it. */
  readonly warn: (line: string) => void;
}

/** Predictions of these rows, by dataset; none for a dataset whose file is missing or broken. */
export async function readAllPredictions({ folder, rows, warn }: AllPredictionsParams): Promise<ReadonlyMap<string, Predictions>> {
  const all = new Map<string, Predictions>();
  for (const dataset of new Set(rows.map((row) => row.dataset))) {
    try {
      all.set(dataset, await readPredictions(predictionsFile(folder, dataset)));
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      warn(error.message);
    }
  }
  return all;
}

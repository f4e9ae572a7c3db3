import path from 'node:path';
import { readRows } from '../../../src/results/csv.ts';
import { resultKey } from '../../../src/results/merge.ts';
import { NO_PREDICTIONS, outcomesOf, predictionsFile, readPredictions, type Predictions } from '../../../src/results/predictions.ts';
import { isCorrect, ofClasses, type ClassOutcomes } from '../../../src/statistics/outcomes.ts';
import { partName } from '../datasets.ts';
import type { CorrectOnDev } from './spread.ts';
import type { Trained } from './trained.ts';

/** Predictions of training runs on dev; undefined if missing. */
export type DevOutcomes = (training: Pick<Trained, 'encoder' | 'dataset' | 'objective' | 'train' | 'seed'>) => ClassOutcomes | undefined;

/** Of the training runs of some results folders. */
export async function devOutcomes(folders: readonly string[]): Promise<DevOutcomes> {
  const found = new Map<string, ClassOutcomes>();
  for (const folder of folders) {
    const files = new Map<string, Predictions>();
    const { rows } = await readRows(path.join(folder, 'results.csv'));
    for (const row of rows.filter(({ objective, split }) => objective !== '' && split === 'dev')) {
      const file = predictionsFile(folder, row.dataset);
      if (!files.has(file)) files.set(file, await readPredictions(file));
      const outcomes = outcomesOf(files.get(file) ?? NO_PREDICTIONS, resultKey(row), file);
      if (outcomes !== undefined) found.set(keyOf(row.encoder, row.dataset, row.objective, row.seed), ofClasses(outcomes));
    }
  }
  return ({ encoder, dataset, objective, train, seed }) => found.get(keyOf(encoder, partName(dataset, train), objective, String(seed)));
}

export function correctness(outcomes: DevOutcomes): CorrectOnDev {
  return (training) => {
    const found = outcomes(training);
    return found && Array.from({ length: found.truth.length }, (_, text) => isCorrect(found, text));
  };
}

function keyOf(encoder: string, dataset: string, objective: string, seed: string): string {
  return JSON.stringify([encoder, dataset, objective, seed]);
}

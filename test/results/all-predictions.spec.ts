import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readAllPredictions } from '../../src/results/all-predictions.ts';
import { predictionsFile, predictionsOf, NO_PREDICTIONS, textOfPredictions } from '../../src/results/predictions.ts';
import { temporaryFolder } from '../temporary.ts';
import { cell } from './cells.ts';

test('all predictions: by dataset; a missing file is none, a broken one is said and is none', async () => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'examples'));
  const [whole, missing, broken] = ['whole', 'missing', 'broken'].map((dataset) => cell({ dataset }));
  const predictions = predictionsOf(whole!);
  writeFileSync(predictionsFile(folder, 'whole'), textOfPredictions(predictions));
  writeFileSync(predictionsFile(folder, 'broken'), '{"truth":1}\n');
  const said: string[] = [];
  const all = await readAllPredictions({
    folder,
    rows: [whole!.row, missing!.row, broken!.row, whole!.row],
    warn: (line) => said.push(line),
  });
  assert.deepEqual(
    all,
    new Map([
      ['whole', predictions],
      ['missing', NO_PREDICTIONS],
    ]),
  );
  assert.deepEqual(said, [
    `${predictionsFile(folder, 'broken')}:1: Neither classes of texts nor predictions. Delete the line or the file: its results are recomputed.`,
  ]);
});

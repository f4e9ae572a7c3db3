import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readAllPredictions } from '../../src/results/all-predictions.ts';
import { examplesFile, examplesOf, NO_EXAMPLES, textOfExamples } from '../../src/results/examples.ts';
import { temporaryFolder } from '../temporary.ts';
import { cell } from './cells.ts';

test('all examples: by data set; a missing file is none, a broken one is said and is none', async () => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'examples'));
  const [whole, missing, broken] = ['whole', 'missing', 'broken'].map((dataset) => cell({ dataset }));
  const examples = examplesOf(whole!);
  writeFileSync(examplesFile(folder, 'whole'), textOfExamples(examples));
  writeFileSync(examplesFile(folder, 'broken'), '{"truth":1}\n');
  const said: string[] = [];
  const all = await readAllPredictions({
    folder,
    rows: [whole!.row, missing!.row, broken!.row, whole!.row],
    warn: (line) => said.push(line),
  });
  assert.deepEqual(all, new Map([['whole', examples], ['missing', NO_EXAMPLES]]));
  assert.deepEqual(said, [`${examplesFile(folder, 'broken')}:1: Neither the classes of texts nor the examples of a cell. Delete the line, or the file: its cells are computed anew.`]);
});

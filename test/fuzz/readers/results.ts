import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../../src/home.ts';
import { readPublished } from '../../../src/report/published.ts';
import { csvOfRows, readRows } from '../../../src/results/csv.ts';
import { csvOfCurves, curveRow, readCurves } from '../../../src/results/curves.ts';
import { RunFolder, type RunState } from '../../../src/training/run-folder.ts';
import { row } from '../../results/rows.ts';
import { json, lines } from '../changes.ts';
import { seedsOf, type FuzzReader } from '../reader.ts';

const ROWS = ['mean', 'cls', 'max'].flatMap((pooling) => ['tiny, "bert"', '=1+1'].map((encoder) => row({ encoder, pooling })));
const CURVES = [0, 1, 2].map((epoch) => curveRow({ encoder: 'tiny', dataset: 'toy', pooling: 'mean', objective: 'cea', seed: 1, epoch, step: 10 * epoch, learningRate: 5e-5, loss: 0.25, gradientNorm: 1.5, dev: { microF1: 0.5, macroF1: 0.25 } }));
const SETTINGS = { objective: 'cea', seed: 1, epochs: 2, texts: 'ab12', batch: { texts: 8 } };
const STATE: RunState & { version: number } = {
  version: 1, settings: SETTINGS, best: 1, batches: 20, memories: { counts: [1, 2] }, memoryShapes: {}, frozen: [],
  epochs: [{ epoch: 0, step: 0 }, { epoch: 1, step: 10, learningRate: 1e-5, loss: 0.5, gradientNorm: 1 }],
};

/** What earlier runs have left. */
export const results: Readonly<Record<string, FuzzReader>> = {
  'results-csv': { seeds: () => seedsOf('results.csv', [csvOfRows(ROWS)]), changes: lines, read: async ({ file }) => csvOfRows((await readRows(file)).rows), share: 2 },
  'training-csv': { seeds: () => seedsOf('training.csv', [csvOfCurves(CURVES)]), changes: lines, read: async ({ file }) => csvOfCurves(await readCurves(file)) },
  'published-csv': { seeds: () => seedsOf('published.csv', [readFileSync(path.join(packageRoot(), 'results', 'published.csv'), 'utf8').split('\n').slice(0, 20).join('\n')]), changes: lines, read: async ({ file }) => (await readPublished(file))(ROWS[0]!) },
  'run-state': {
    seeds: () => seedsOf('state.json', [JSON.stringify(STATE, undefined, 2)]),
    changes: json,
    read: async ({ folder }) => {
      const run = new RunFolder(folder);
      await run.peek();
      const state = await run.read(SETTINGS);
      if (state !== undefined) await run.readMemories(state.epochs.at(-1)!.epoch, state);
    },
  },
};

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../../src/home.ts';
import { readPublished } from '../../../src/report/published.ts';
import { csvOfRows, readRows } from '../../../src/results/csv.ts';
import { readEstimates } from '../../../src/results/estimates.ts';
import {
  predictionsOf,
  mergePredictions,
  NO_PREDICTIONS,
  outcomesOf,
  readPredictions,
  textOfPredictions,
} from '../../../src/results/predictions.ts';
import { missingResults, readShard } from '../../../src/results/shards.ts';
import type { Outcomes } from '../../../src/statistics/outcomes.ts';
import { csvOfCurves, curveRow, readCurves } from '../../../src/results/curves.ts';
import { RunFolder, type RunState } from '../../../src/training/run-folder.ts';
import { row } from '../../results/rows.ts';
import { json, lines } from '../changes.ts';
import { seedsOf, type FuzzReader } from '../reader.ts';

const ROWS = ['mean', 'cls', 'max'].flatMap((pooling) => ['tiny, "bert"', '=1+1'].map((encoder) => row({ encoder, pooling })));
const CURVES = [0, 1, 2].map((epoch) =>
  curveRow({
    encoder: 'tiny',
    dataset: 'toy',
    pooling: 'mean',
    objective: 'cea',
    seed: 1,
    training: 'ab12',
    epoch,
    step: 10 * epoch,
    learningRate: 5e-5,
    loss: 0.25,
    gradientNorm: 1.5,
    dev: { microF1: 0.5, macroF1: 0.25 },
  }),
);
const SETTINGS = { objective: 'cea', seed: 1, epochs: 2, texts: 'ab12', batch: { texts: 8 } };
const STATE: RunState & { version: number } = {
  version: 2,
  settings: SETTINGS,
  best: 1,
  batches: 20,
  memories: { counts: [1, 2] },
  memoryShapes: {},
  frozen: [{ split: 'dev', scores: { n: 2, correct: 1, accuracy: 0.5, microF1: 0.5, macroF1: 0.5 }, predicted: [0, 1] }],
  epochs: [
    { epoch: 0, step: 0 },
    { epoch: 1, step: 10, learningRate: 1e-5, loss: 0.5, gradientNorm: 1 },
  ],
};

const CLASSES = ['a', 'b', '=c'];
const OUTCOMES: readonly Outcomes[] = [
  { kind: 'single', truth: Int32Array.of(0, 1, 2, 0), predicted: Int32Array.of(0, 2, 2, 1), classes: 3 },
  { kind: 'multi', truth: [Int32Array.of(0, 2), Int32Array.of(1)], predicted: [Int32Array.of(0), Int32Array.of(1)], classes: 3 },
];
const EXAMPLES = textOfPredictions(
  mergePredictions(
    NO_PREDICTIONS,
    OUTCOMES.map((outcomes, i) => predictionsOf({ row: ROWS[i]!, outcomes, classes: CLASSES })),
  ),
);
const RECORD = {
  command: ['run'],
  seed: 1,
  failures: [{ encoder: 'e', dataset: 'd', reason: 'Out of reach.' }],
  plan: { digest: 'ab12', shard: '1/2', encoders: ['e'], datasets: ['d'] },
  interrupted: false,
};
const ESTIMATES =
  'encoder,dataset,estimator,pooling,layers,k,n,score,low,high\ntiny,toy,knn,mean,last,5,40,81.25,70.00,90.00\ntiny,toy,logme,mean,last,,40,-0.25,,\n';

/** Files left by earlier runs. */
export const results: Readonly<Record<string, FuzzReader>> = {
  'results-csv': {
    seeds: () => seedsOf('results.csv', [csvOfRows(ROWS)]),
    changes: lines,
    read: async ({ file }) => csvOfRows((await readRows(file)).rows),
    share: 2,
  },
  'training-csv': {
    seeds: () => seedsOf('training.csv', [csvOfCurves(CURVES)]),
    changes: lines,
    read: async ({ file }) => csvOfCurves(await readCurves(file)),
  },
  'published-csv': {
    seeds: () =>
      seedsOf('published.csv', [
        readFileSync(path.join(packageRoot(), 'results', 'published.csv'), 'utf8')
          .split('\n')
          .slice(0, 20)
          .join('\n'),
      ]),
    changes: lines,
    read: async ({ file }) => (await readPublished(file))(ROWS[0]!),
  },
  examples: {
    seeds: () => seedsOf('toy.jsonl', [EXAMPLES]),
    changes: lines,
    read: async ({ file }) => {
      const examples = await readPredictions(file);
      for (const key of examples.cells.keys()) outcomesOf(examples, key, file);
      return textOfPredictions(examples);
    },
  },
  'estimates-csv': { seeds: () => seedsOf('estimates.csv', [ESTIMATES]), changes: lines, read: async ({ file }) => readEstimates(file) },
  'run-record': {
    seeds: () => seedsOf('run.json', [JSON.stringify(RECORD, undefined, 2)]),
    changes: json,
    read: async ({ folder }) => missingResults([await readShard(folder)]),
  },
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

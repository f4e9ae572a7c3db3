import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed, rank, run } from '../../src/index.ts';
import { pairMatrix } from '../../src/embed/pair-rows.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { readPredictions, predictionsFile } from '../../src/results/predictions.ts';
import { readEstimates } from '../../src/results/estimates.ts';
import { readRows } from '../../src/results/csv.ts';
import { spearman } from '../../src/statistics/rank-correlation.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

/** Regression and pairs of texts, from a file to a table. */

const root = temporaryFolder();
const model = writeTinyEncoder(path.join(root, 'tiny'), { layers: 2, seed: 2 });
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'quiz'];
const text = (i: number): string => `${words[i % 7]} ${words[(i * i) % 5]} ${words[(3 * i + 1) % 7]} ${words[(5 * i) % 6]}`;
const rows = Array.from({ length: 60 }, (_, i) => ({
  a: text(i),
  b: text(3 * i + 2),
  score: ((i * 37) % 60) / 10 + (text(i).includes('quiz') ? 5 : 0),
  split: i < 40 ? 'train' : 'test',
}));
const file = path.join(root, 'pairs.jsonl');
writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
const common = {
  encoders: [`tiny=${model}`],
  datasets: [file],
  textColumn: 'a',
  labelColumn: 'score',
  splitColumn: 'split',
  task: 'regression',
} as const;
const cache = path.join(root, 'cache');
const targets = rows.map(({ score }) => score);

/** Mean of the nearest rows' targets, by the textbook definition. */
function byHand({ rows: n, cols: d, data }: Matrix, k: number): number[] {
  return Array.from({ length: n }, (_, i) => {
    const far = Array.from({ length: n }, (_other, j) => ({
      j,
      distance: Math.hypot(...Array.from({ length: d }, (_column, c) => data[i * d + c]! - data[j * d + c]!)),
    }));
    const near = far.filter(({ j }) => j !== i).toSorted((x, y) => x.distance - y.distance || x.j - y.j);
    // Means that only differ by rounding are ties.
    return Number((near.slice(0, k).reduce((sum, { j }) => sum + targets[j]!, 0) / k).toFixed(9));
  });
}

async function vectorsOf(texts: readonly string[]): Promise<Matrix> {
  const {
    vectors: [first],
  } = await embed({ model, texts, poolings: ['mean'], cache });
  return first!;
}

test('regression: single texts are given the mean of their neighbours, scored and kept', async () => {
  const out = path.join(root, 'single');
  const {
    rows: [row],
  } = await run({ ...common, pooling: ['mean'], protocol: ['leave-one-out'], k: [3] }, { out, cache });
  const expected = byHand(await vectorsOf(rows.map(({ a }) => a)), 3);
  assert.ok(Math.abs(row!.spearman! - spearman(targets, expected)) < 1e-4);
  assert.ok(Math.abs(row!.mae! - expected.reduce((sum, value, i) => sum + Math.abs(value - targets[i]!), 0) / 60) < 1e-4);
  assert.deepEqual([row!.task, row!.micro_f1, row!.n, row!.pair], ['regression', null, 60, null]);
  assert.ok(row!.spearman_low! <= row!.spearman! && row!.spearman! <= row!.spearman_high!);
  const { truths, cells } = await readPredictions(predictionsFile(out, 'pairs'));
  assert.deepEqual([...truths.values()][0]!.labels.split(' ').map(Number), targets);
  const given = [...cells.values()][0]!.given.split(' ').map(Number);
  for (const [i, value] of given.entries()) assert.ok(Math.abs(value - expected[i]!) < 1e-6);
  const again = await run({ ...common, pooling: ['mean'], protocol: ['leave-one-out'], k: [3] }, { out, cache });
  assert.deepEqual(again.rows[0], row, 'made again from what the store has, the same to the last digit');
});

test('regression: pairs are read apart, neighbours by |a-b| and a*b, estimators by a and b as well', async () => {
  const pairs = { ...common, textPairColumn: 'b' };
  const { rows: found } = await run({ ...pairs, pooling: ['mean'], protocol: ['leave-one-out', 'fit-train'], k: [3] }, { cache });
  const both = await vectorsOf([...rows.map(({ a }) => a), ...rows.map(({ b }) => b)]);
  const expected = spearman(targets, byHand(pairMatrix(both, 'neighbours'), 3));
  const one = found.find(({ protocol }) => protocol === 'leave-one-out')!;
  assert.ok(Math.abs(one.spearman! - expected) < 1e-4);
  assert.equal(one.pair, 'separate |a-b|, a*b');
  assert.deepEqual(
    found.filter(({ protocol }) => protocol === 'fit-train').map(({ split, n }) => [split, n]),
    [
      ['test', 20],
      ['train', 40],
    ],
  );
  const out = path.join(root, 'ranked');
  await rank({ ...pairs, pooling: ['mean'], curves: false, k: 3 }, { out, cache });
  const estimates = await readEstimates(path.join(out, 'estimates.csv'));
  assert.deepEqual(estimates.map(({ estimator, pair }) => [estimator, pair]).toSorted(), [
    ['cosine', 'separate cosine'],
    ['knn', 'separate |a-b|, a*b'],
    ['logme', 'separate a, b, |a-b|, a*b'],
    ['ridge', 'separate a, b, |a-b|, a*b'],
  ]);
  const knn = estimates.find(({ estimator }) => estimator === 'knn')!;
  assert.ok(Math.abs(Number(knn.score) - expected) < 1e-4);
  assert.ok(Number(knn.low) <= Number(knn.score) && Number(knn.score) <= Number(knn.high));
});

test('regression: a file of classes and one of numbers, each with its own scores', async () => {
  const classes = path.join(root, 'classes.jsonl');
  writeFileSync(classes, rows.map(({ a, split }, i) => JSON.stringify({ a, score: i % 2 === 0 ? 'even' : 'odd', split })).join('\n'));
  const { task: _task, ...plain } = common;
  const out = path.join(root, 'both');
  await run({ ...common, pooling: ['mean'], protocol: ['leave-one-out'] }, { out, cache });
  await run({ ...plain, datasets: [classes], pooling: ['mean'], protocol: ['leave-one-out'] }, { out, cache });
  const kept = await readRows(path.join(out, 'results.csv'));
  assert.deepEqual(
    kept.rows.map(({ dataset, task, micro_f1: micro, spearman: rho }) => [dataset, task, micro !== '', rho !== '']),
    [
      ['classes', '', true, false],
      ['pairs', 'regression', false, true],
    ],
  );
});

test('regression: what has no meaning for numbers is refused by name', async () => {
  await assert.rejects(rank({ ...common, estimator: ['hscore', 'knn'] }, { cache }), {
    message: /hscore has no meaning for numbers of single texts\. Choose from knn, ridge, logme\./,
  });
  await assert.rejects(
    rank({ ...common, task: 'classification', labelColumn: 'split', splitColumn: undefined, estimator: ['ridge'] }, { cache }),
    { message: /ridge has no meaning for classes/ },
  );
  await assert.rejects(run({ ...common, task: undefined }, { cache }), {
    message: /labels are fractional numbers, not classes\. Predict them with `task` regression/,
  });
});

test('pairs: a pair that is cut counts once, whichever of its texts is', async () => {
  for (const pair of ['separate', 'joint'] as const) {
    const {
      rows: [row],
    } = await run(
      { ...common, textPairColumn: 'b', pair: [pair], maxLength: 5, pooling: ['mean'], protocol: ['leave-one-out'], k: [3] },
      { cache },
    );
    assert.deepEqual([row!.texts_cut, row!.n], [60, 60], pair);
  }
});

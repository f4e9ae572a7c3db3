import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { embed } from '../../src/api/embed.ts';
import { publishedLogmeRegression } from '../../src/estimators/logme-regression.ts';
import { EstimatorRuntime } from '../../src/estimators/runtime.ts';
import { exact } from '../../src/knn/exact.ts';
import { neighbourMean } from '../../src/knn/neighbour-mean.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { regressionScores } from '../../src/statistics/regression-scores.ts';
import { shared, unlessShared } from '../shared.ts';

const runtime = new EstimatorRuntime(1);
const cache = mkdtempSync(path.join(tmpdir(), 'regression-rows-'));
after(async () => {
  await runtime.close();
  rmSync(cache, { recursive: true });
});

interface Row {
  readonly dataset: string;
  readonly encoder?: string;
  readonly tool: string;
  readonly pooling: string;
  readonly convention: string;
  readonly estimator: string;
  readonly value: number;
  readonly pearson: number;
  readonly r2: number;
  readonly mae: number;
}

const TEXTS = 300;
const skip = unlessShared('tasks', 'scores.json') || unlessShared('tasks', 'data', 'emobank', 'emobank.csv');

/** Names of poolings and layers, theirs and ours. */
const POOLED = {
  'cls lastlayer': 'cls last',
  'mean lastlayer': 'mean last',
  'cls 1..L': 'cls-layermean 1..L',
  'mean 1..L': 'layermean 1..L',
  'cls 0..L': 'cls-layermean 0..L',
  'mean 0..L': 'layermean 0..L',
} as const;

for (const encoder of ['bert-cased', 'deberta-v3']) {
  test(`regression of EmoBank by ${encoder}: the reference's LogME, to 1e-6, and scores of neighbours, to 4e-3`, { skip }, async () => {
    const { rows } = JSON.parse(readFileSync(shared('tasks', 'scores.json'), 'utf8')) as { rows: Row[] };
    const expected = rows.filter((row) => row.dataset === 'emobank_valence 300' && row.encoder === encoder && row.tool === 'independent');
    assert.equal(expected.length, 18);
    const lines = parse(readFileSync(shared('tasks', 'data', 'emobank', 'emobank.csv')), { columns: true }) as {
      split: string;
      V: string;
      text: string;
    }[];
    const train = lines.filter(({ split }) => split === 'train').slice(0, TEXTS);
    const targets = Float64Array.from(train, ({ V }) => Number(V));
    const { vectors } = await embed({
      model: shared('oracles', encoder),
      texts: train.map(({ text }) => text),
      poolings: ['cls', 'mean', 'layermean', 'cls-layermean'],
      layerMeans: ['1..L', '0..L'],
      maxLength: 48,
      threads: 1,
      cache,
      offline: true,
    });
    for (const [theirs, ours] of Object.entries(POOLED)) {
      const pooled = vectors.find(({ pooling, layers }) => `${pooling} ${layers}` === ours)!;
      const of = (estimator: string) =>
        expected.find((row) => `${row.pooling} ${row.convention}` === theirs && row.estimator === estimator)!;
      const logme = await publishedLogmeRegression({ vectors: pooled, targets }, runtime);
      assert.ok(Math.abs(logme - of('logme').value) < 1e-6, `${ours}, LogME: ${logme}, expected ${of('logme').value}`);
      const neighbours = await exact({
        corpus: matrix(pooled.rows, pooled.cols, pooled.data.slice()),
        metric: 'euclidean',
        k: 5,
        excludeSelf: true,
      });
      // 12 of 300 texts are duplicates: which of equally near rows are taken differs there, by the last digits of vectors.
      for (const k of [3, 5]) {
        const { value: spearman, pearson, r2, mae } = of(`knn${k}`);
        const found = regressionScores({ truth: targets, predicted: neighbourMean({ neighbours, k, targets, votes: 'uniform' }) });
        const pairs = [
          [found.spearman, spearman],
          [found.pearson, pearson],
          [found.r2, r2],
          [found.mae, mae],
        ] as const;
        for (const [got, want] of pairs) assert.ok(Math.abs(got - want) < 4e-3, `${ours}, ${k} neighbours: ${got}, expected ${want}`);
      }
    }
  });
}

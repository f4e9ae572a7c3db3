import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readEstimates } from '../../src/results/estimates.ts';
import { readRows } from '../../src/results/csv.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const models = [1, 2, 3].map((seed) => writeTinyEncoder(path.join(root, `tiny-${seed}`), { layers: 1 + seed, seed }));
const data = path.join(root, 'topics.csv');
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
writeFileSync(data, `label,text\n${Array.from({ length: 90 }, (_, i) => `${['animal', 'place', 'person'][i % 3]},${words[i % 7]} ${words[(i * 3 + 1) % 10]} ${'xyz'[i % 3]} ${i % 13}?`).join('\n')}\n`);
const rank = (out: string, ...more: string[]) => bench(['rank', ...models.flatMap((model) => ['--model', model]), '--dataset', data, '--quiet', '--offline', '--out', path.join(root, out), ...more], { cache });

test('rank: every encoder by every estimator, ties shown, layers compared, estimates kept', async () => {
  const { status, out, err } = rank('a');
  assert.equal(status, 0, err);
  assert.match(out, /^topics, by KNN\n/);
  assert.match(out, /McNemar’s exact test against the first, adjusted by Holm/);
  assert.match(out, /layer by layer/);
  const rows = await readEstimates(path.join(root, 'a', 'estimates.csv'));
  const whole = rows.filter(({ sample, layers }) => sample === '' && (layers === 'last' || layers === '0..L'));
  assert.equal(whole.length, 3 * 2 * 7);
  for (const { estimator, low, high, score } of whole) {
    if (['knn', 'linear-probe', 'centroid'].includes(estimator)) assert.ok(Number(low) <= Number(score) && Number(score) <= Number(high));
    else assert.equal(low, '');
  }
});

test('rank: KNN is the leave-one-out score of the main job', async () => {
  const out = path.join(root, 'b');
  assert.equal(bench(['run', ...models.flatMap((model) => ['--model', model]), '--dataset', data, '--quiet', '--offline', '--pooling', 'mean,layermean', '--protocol', 'leave-one-out', '--out', out], { cache }).status, 0);
  const { rows } = await readRows(path.join(out, 'results.csv'));
  const estimates = (await readEstimates(path.join(root, 'a', 'estimates.csv'))).filter(({ estimator, sample }) => estimator === 'knn' && sample === '');
  for (const row of rows) {
    const same = estimates.find(({ encoder, pooling, layers }) => encoder === row.encoder && pooling === row.pooling && layers === row.layers)!;
    assert.deepEqual([same.score, same.low, same.high], [row.accuracy, row.accuracy_low, row.accuracy_high]);
  }
});

test('rank: the same bytes again, whatever threads and order', () => {
  const first = readFileSync(path.join(root, 'a', 'estimates.csv'), 'utf8');
  const again = bench(['rank', ...models.toReversed().flatMap((model) => ['--model', model]), '--dataset', data, '--quiet', '--threads', '1', '--token-budget', '9', '--out', path.join(root, 'c')], { cache: path.join(root, 'other') });
  assert.equal(again.status, 0, again.err);
  assert.equal(readFileSync(path.join(root, 'c', 'estimates.csv'), 'utf8'), first);
});

test('rank: ordered by another estimator, as markdown and CSV', () => {
  const { out } = rank('d', '--by', 'logme', '--estimator', 'logme,hscore', '--format', 'markdown', '--curves=false');
  assert.match(out, /^### topics, by LogME\n/);
  assert.match(out, /This estimator gives no text a class/);
  assert.equal(rank('d', '--format', 'csv').out.trim().split('\n').length, 4);
});

test('rank: bad input is one line', () => {
  assert.equal(rank('e', '--by', 'knm').err, 'bench: --by: "knm" is none of its values. Did you mean "knn"? It takes knn, consistency, linear-probe, centroid, hscore, logme, silhouette.\n');
  assert.equal(bench(['rank', '--dataset', data], { cache }).err, 'bench: --encoders: No encoder is named. Name encoders with --encoders or --model.\n');
  assert.match(rank('e', '--k', '90').err, /^bench: --k: k = 90 is larger than the corpus/);
});

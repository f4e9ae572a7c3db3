import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readRecordedRun } from '../../src/results/recorded-run.ts';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();
const NOTHING = { datasets: [], by: undefined, ranked: [] };

async function read(name: string, record: unknown) {
  const folder = path.join(root, name);
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'run.json'), typeof record === 'string' ? record : JSON.stringify(record));
  return readRecordedRun(folder);
}

test('recorded run: datasets in their order, and the estimator that was asked for', async () => {
  const plan = { datasets: ['b', 'a'] };
  assert.deepEqual(await read('by', { plan, request: { by: 'logme', estimator: ['knn', 'logme'] } }), {
    datasets: ['b', 'a'],
    by: 'logme',
    ranked: [],
  });
  assert.equal((await read('first', { plan, request: { estimator: ['centroid', 'knn'] } })).by, 'centroid');
  assert.equal((await read('all', { plan, request: { estimator: ['all'] } })).by, undefined);
});

test('recorded run: what no run of ours wrote says nothing', async () => {
  assert.deepEqual(await readRecordedRun(path.join(root, 'missing')), NOTHING);
  const strange = ['{', [], null, { plan: null, request: 3, ranked: {} }, { plan: { datasets: [1] }, ranked: [{ dataset: 'd' }] }];
  for (const [at, record] of strange.entries()) assert.deepEqual(await read(`strange-${at}`, record), NOTHING);
});

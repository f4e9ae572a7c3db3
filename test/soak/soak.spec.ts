import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { soak } from './soak.ts';

const folder = temporaryFolder();

test('soak: a run, a ranking and a training that are killed and begun again leave what those leave that nobody killed', async () => {
  const { killed, findings } = await soak({ folder, runs: 3, seed: 2, mostKills: 1 });
  assert.deepEqual(findings, []);
  assert.equal(killed, 3);
});

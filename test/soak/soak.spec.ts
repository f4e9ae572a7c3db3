import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { soak } from './soak.ts';

const folder = temporaryFolder();

test('soak: runs that are killed at random moments and begun again leave what a run leaves that nobody killed', async () => {
  const { killed, findings } = await soak({ folder, runs: 4, seed: 2 });
  assert.deepEqual(findings, []);
  assert.ok(killed > 0);
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { bench } from './bench.ts';

const noBash = spawnSync('bash', ['-c', 'true']).status === 0 ? false : 'needs bash';

test('completion: the script works in a shell that has no `bench` yet', { skip: noBash }, async () => {
  const { status, out } = await bench(['completion'], { cache: temporaryFolder() });
  assert.equal(status, 0);
  const asked = spawnSync('bash', ['-c', `${out}\nbench --get-yargs-completions bench ran`], { encoding: 'utf8' });
  assert.equal(asked.stderr, '');
  assert.equal(asked.stdout, 'rank\n');
});

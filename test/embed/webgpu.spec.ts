import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ownOracle } from '../oracles.ts';
import { noWebgpu, webgpuEnvironment } from '../webgpu.ts';
import type { Compared } from './on-device.ts';

/** Relative to the largest number; 2.9e-6 was the largest that was measured on a driver in software (umt5). */
const TOLERANCE = 1e-5;

const families = readdirSync(ownOracle()).filter((name) => existsSync(ownOracle(name, 'config.json')));

test('webgpu: vectors of every family are those of the CPU, alone or in a batch, each time', { skip: noWebgpu }, () => {
  assert.ok(families.length >= 20, families.join(' '));
  const script = path.join(import.meta.dirname, 'on-device.js');
  const command = [script, 'webgpu', ...families.map((name) => ownOracle(name))];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', env: webgpuEnvironment() });
  assert.equal(status, 0, stderr);
  const all = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Compared);
  assert.deepEqual(
    all.map(({ folder }) => path.basename(folder)),
    families,
  );
  for (const { folder, difference, alone, again } of all) {
    assert.ok(difference > 0 && difference < TOLERANCE, `${folder}: ${difference}`);
    assert.deepEqual([alone, again], [0, 0], folder);
  }
});

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ownOracle } from '../oracles.ts';
import { noWebgpu } from '../webgpu.ts';
import { byFamily } from './by-family.ts';
import type { Compared } from './on-device.ts';

/** Relative to the largest number; 2.9e-6 was the largest that was measured on a driver in software (umt5). */
const TOLERANCE = 1e-5;

const families = readdirSync(ownOracle()).filter((name) => existsSync(ownOracle(name, 'config.json')));

test('webgpu: vectors of every family are those of the CPU, alone or in a batch, each time', { skip: noWebgpu }, () => {
  assert.ok(families.length >= 20, families.join(' '));
  for (const { folder, difference, alone, again } of byFamily<Compared>('on-device.js', families)) {
    assert.ok(difference > 0 && difference < TOLERANCE, `${folder}: ${difference}`);
    assert.deepEqual([alone, again], [0, 0], folder);
  }
});

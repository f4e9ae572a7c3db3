import assert from 'node:assert/strict';
import { test } from 'node:test';
import { criticalValue, twoSided, Z_95 } from '../../src/statistics/normal.ts';
import { near, REFERENCE } from './reference.ts';

test('normal: two tails as scipy, to 1e-12', () => {
  for (const { z, p } of REFERENCE.normal) assert.ok(near(twoSided(z), p, 1e-12), `${z}: ${twoSided(z)}, scipy ${p}`);
  assert.equal(twoSided(Number.POSITIVE_INFINITY), 0);
});

test('normal: the z of a confidence as scipy, to 1e-12', () => {
  for (const { confidence, z } of REFERENCE.critical)
    assert.ok(near(criticalValue(confidence), z, 1e-12), `${confidence}: ${criticalValue(confidence)}, scipy ${z}`);
  assert.ok(near(criticalValue(0.95), Z_95, 1e-15));
});

test('normal: refuses a confidence that is none', () =>
  assert.throws(() => criticalValue(1), { code: 'INTERNAL', message: 'A confidence of 1 is not between 0 and 1.' }));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { middle, quantile } from '../../src/statistics/quantile.ts';

test('quantile: between neighbours as numpy.percentile', () => {
  assert.equal(quantile(Float64Array.of(1, 2, 4, 8), 0.5), 3);
  assert.equal(quantile(Float64Array.of(1, 2, 4, 8), 1), 8);
  assert.equal(quantile(Float64Array.of(5), 0.3), 5);
});

test('middle: of values in any order, which stay as they are', () => {
  const values = [8, 1, 4, 2, 16];
  assert.deepEqual(middle(values, 0.5), { low: 2, high: 8 });
  assert.deepEqual(values, [8, 1, 4, 2, 16]);
  for (const confidence of [0, 1, NaN]) {
    assert.throws(() => middle(values, confidence), { code: 'INTERNAL', message: `A confidence of ${confidence} is not between 0 and 1.` });
  }
});

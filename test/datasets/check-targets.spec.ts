import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairCheck, targetCheck } from '../../src/datasets/check-targets.ts';

test('target check: range, quantiles as numpy has them, the most frequent number', () => {
  const { quantiles, ...rest } = targetCheck({ targets: Float64Array.of(4, 1, 2, 2, 3), split: new Uint8Array(5) });
  assert.deepEqual(rest, {
    least: 1,
    most: 4,
    mean: 2.4,
    deviation: Math.sqrt(1.04),
    distinct: 4,
    frequent: { target: 2, rows: 2 },
    constant: [],
  });
  // numpy.quantile([1, 2, 2, 3, 4], [.05, .25, .5, .75, .95])
  for (const [at, value] of [1.2, 2, 2, 3, 3.8].entries()) assert.ok(Math.abs(quantiles[at]! - value) < 1e-12, `${at}`);
});

const constant = (...split: number[]) =>
  targetCheck({ targets: Float64Array.of(1, 2, 2, 2, 3, 4), split: Uint8Array.from(split) }).constant;

test('target check: dev and test of one number', () => {
  assert.deepEqual(constant(0, 1, 1, 1, 2, 2), [{ split: 'dev', target: 2, rows: 3 }]);
  assert.deepEqual(constant(0, 0, 2, 2, 0, 1), [
    { split: 'dev', target: 4, rows: 1 },
    { split: 'test', target: 2, rows: 2 },
  ]);
  assert.deepEqual(constant(1, 0, 0, 0, 1, 1), []);
});

test('pair check: pairs that repeat with their order swapped, pairs of one text, empty second texts', () => {
  assert.equal(pairCheck({ texts: ['a'] }), undefined);
  const texts = ['a', 'b', ' b', 'c', 'c', 'd', 'a'];
  const seconds = ['b', 'a', 'a ', 'c', 'c', ' ', 'b'];
  assert.deepEqual(pairCheck({ texts, seconds }), { swapped: 3, equal: 2, emptySeconds: 1 });
});

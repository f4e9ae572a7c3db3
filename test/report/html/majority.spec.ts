import assert from 'node:assert/strict';
import { test } from 'node:test';
import { majority, majorityOf } from '../../../src/report/html/majority.ts';

test('majority: the share of the most frequent class; classes without texts do not count', () => {
  const truth = Int32Array.of(0, 0, 0, 2, 3);
  assert.deepEqual(majorityOf({ kind: 'single', truth, predicted: truth, classes: 5 }), { classes: 3, baseline: 60 });
});

test('majority: of several labels per text, the micro-F1 of one label for all', () => {
  // 2 hits of 3 predicted and 5 true labels: 2 · 2 / (3 + 5).
  assert.deepEqual(majority([Int32Array.of(0, 1), Int32Array.of(1, 2), Int32Array.of(0)], 3), { classes: 3, baseline: 50 });
});

test('majority: numbers and tags have none, no texts have no share', () => {
  const numbers = Float64Array.of(1);
  assert.equal(majorityOf({ kind: 'numbers', truth: numbers, predicted: numbers }), undefined);
  assert.deepEqual(majority([], 2), { classes: 0, baseline: 0 });
});

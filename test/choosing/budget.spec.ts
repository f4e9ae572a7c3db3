import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainingPasses } from '../../src/choosing/budget.ts';

test('passes of a training: all texts before, three a step, dev each epoch with what classifies it, all texts at the end', () => {
  const shape = { train: 100, dev: 20, test: 30, epochs: 2 };
  assert.equal(trainingPasses({ ...shape, byHead: true }), 150 + 2 * (300 + 20) + 150);
  assert.equal(trainingPasses({ ...shape, byHead: false }), 150 + 2 * (300 + 100 + 20) + 150);
});

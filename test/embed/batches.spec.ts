import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batches } from '../../src/embed/batches.ts';

test('batches: equal lengths together, longest first, never over the budget, every row once', () => {
  const lengths = [3, 5, 3, 3, 9, 5, 3];
  assert.deepEqual(batches({ lengths, tokenBudget: 9 }), [
    { rows: [4], length: 9 },
    { rows: [1], length: 5 },
    { rows: [5], length: 5 },
    { rows: [0, 2], length: 3 },
    { rows: [3, 6], length: 3 },
  ]);
});

test('batches: a text over the budget runs alone, and a limit of one runs all alone', () => {
  assert.deepEqual(batches({ lengths: [50], tokenBudget: 9 }), [{ rows: [0], length: 50 }]);
  assert.equal(batches({ lengths: [2, 2, 2], tokenBudget: 100, maxTexts: 1 }).length, 3);
});

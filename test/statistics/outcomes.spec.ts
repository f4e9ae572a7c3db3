import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCorrect, sameTexts, scoresOf } from '../../src/statistics/outcomes.ts';
import { multi, single } from './reference.ts';

const ONE = single([0, 1, 1], [0, 1, 0], 2);
const SEVERAL = multi([[0], [0], []], [[0], [0, 1], []], 2);

test('outcomes: as many texts are correct as the score counts', () => {
  for (const [outcomes, right] of [
    [ONE, [true, true, false]],
    [SEVERAL, [true, false, true]],
  ] as const) {
    assert.deepEqual(
      [0, 1, 2].map((text) => isCorrect(outcomes, text)),
      right,
    );
    assert.equal(scoresOf(outcomes).correct, 2);
  }
});

test('outcomes: texts are the same whatever they were given, and not where a class, a number or a kind differs', () => {
  assert.ok(sameTexts(ONE, single([0, 1, 1], [1, 0, 1], 2)));
  assert.ok(sameTexts(SEVERAL, multi([[0], [0], []], [[1], [], [0]], 2)));
  for (const other of [
    single([0, 1, 0], [0, 1, 0], 2),
    single([0, 1], [0, 1], 2),
    single([0, 1, 1], [0, 1, 0], 3),
    multi([[0], [1], [1]], [[0], [1], [0]], 2),
  ]) {
    assert.ok(!sameTexts(ONE, other));
    assert.ok(!sameTexts(other, ONE));
  }
  assert.ok(!sameTexts(SEVERAL, multi([[0], [0, 1], []], [[0], [1], []], 2)));
});

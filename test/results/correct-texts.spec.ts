import assert from 'node:assert/strict';
import { test } from 'node:test';
import { predictionsOf } from '../../src/results/predictions.ts';
import { correctTexts } from '../../src/results/correct-texts.ts';
import { scoredCell } from '../../src/results/scored.ts';
import { isCorrect, type Outcomes } from '../../src/statistics/outcomes.ts';
import { row } from './rows.ts';

/** More classes than one letter has, and texts on both sides of a word's end. */
const CLASSES = Array.from({ length: 60 }, (_, i) => `class ${i}`);
const SINGLE: Outcomes = {
  kind: 'single',
  truth: Int32Array.from({ length: 100 }, (_, i) => i % 60),
  predicted: Int32Array.from({ length: 100 }, (_, i) => (i % 7 === 0 ? (i + 29) % 60 : i % 60)),
  classes: 60,
};
const SETS = Array.from({ length: 70 }, (_, i) => Int32Array.of(i % 3, 30 + (i % 20)));
const MULTI: Outcomes = {
  kind: 'multi',
  truth: SETS,
  predicted: SETS.map((set, i) => [set, set.subarray(1), new Int32Array(0), Int32Array.of(1, 2, 59)][i % 4]!),
  classes: 60,
};

test('right texts: as the outcomes have it, of one label and of several', () => {
  for (const outcomes of [SINGLE, MULTI]) {
    const { row: cell } = scoredCell({ row: row(), outcomes, classes: CLASSES });
    const right = correctTexts(predictionsOf({ row: cell, outcomes, classes: CLASSES }), cell)!;
    assert.equal(right.length, Math.ceil(outcomes.truth.length / 32));
    for (let i = 0; i < 32 * right.length; i++) {
      assert.equal(
        ((right[i >>> 5]! >>> (i & 31)) & 1) === 1,
        i < outcomes.truth.length && isCorrect(outcomes, i),
        `${outcomes.kind} ${i}`,
      );
    }
  }
});

test('right texts: none where the row says another number, or there is no such cell', () => {
  const { row: cell } = scoredCell({ row: row(), outcomes: SINGLE, classes: CLASSES });
  const predictions = predictionsOf({ row: cell, outcomes: SINGLE, classes: CLASSES });
  for (const other of [
    { ...cell, correct: '1' },
    { ...cell, n: '1e12' },
    { ...cell, encoder: 'other' },
  ])
    assert.equal(correctTexts(predictions, other), undefined);
});

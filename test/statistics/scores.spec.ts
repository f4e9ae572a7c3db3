import assert from 'node:assert/strict';
import { test } from 'node:test';
import { score, scoreMultiLabel } from '../../src/statistics/scores.ts';

const sets = (...all: number[][]) => all.map((set) => Int32Array.from(set));

test('score: macro-F1 is the mean over the classes that are among truth or predictions', () => {
  // scikit-learn 1.9.1: f1_score(t, p, average="macro", zero_division=0) is 0.6
  const { n, correct, accuracy, microF1, macroF1 } = score({
    truth: Int32Array.of(0, 0, 1, 2, 2, 5),
    predicted: Int32Array.of(0, 1, 1, 2, 4, 5),
    classes: 9,
  });
  assert.deepEqual([n, correct, accuracy, microF1, macroF1.toFixed(15)], [6, 4, 4 / 6, 4 / 6, (0.6).toFixed(15)]);
});

test('score: refuses predictions of another number, and nothing', () => {
  assert.throws(() => score({ truth: Int32Array.of(0, 1), predicted: Int32Array.of(0), classes: 2 }), {
    code: 'SHAPE',
    message: '1 predictions for 2 texts.',
  });
  assert.throws(() => score({ truth: Int32Array.of(), predicted: Int32Array.of(), classes: 2 }), {
    code: 'DATA',
    message: 'No texts to score.',
  });
});

test('multi-label score: a text is correct where it has all its labels and no others', () => {
  const { n, correct, accuracy } = scoreMultiLabel({
    truth: sets([0, 1], [2], [], [1]),
    predicted: sets([0, 1], [1, 2], [], []),
    classes: 3,
  });
  assert.deepEqual([n, correct, accuracy], [4, 2, 0.5]);
});

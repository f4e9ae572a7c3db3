import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probabilities, voteLogits } from '../../src/classifiers/probabilities.ts';

const rounded = (values: ArrayLike<number>) => Array.from(values, (value) => Number(value.toFixed(6)));

test('probabilities: a softmax of logits over the temperature', () => {
  // numpy: e = np.exp(np.array([2., 0., -1.]) / T); e / e.sum()
  assert.deepEqual(rounded(probabilities([2, 0, -1], { temperature: 1, multiLabel: false })), [0.843795, 0.114195, 0.04201]);
  assert.deepEqual(rounded(probabilities([2, 0, -1], { temperature: 2, multiLabel: false })), [0.628532, 0.231224, 0.140244]);
});

test('probabilities: sigmoids, each class by itself', () =>
  assert.deepEqual(rounded(probabilities([2, 0, -1], { temperature: 2, multiLabel: true })), [0.731059, 0.5, 0.377541]));

test('probabilities: logits beyond the range of exp are no NaN', () => {
  assert.deepEqual([...probabilities([1e6, 0, -1e6], { temperature: 0.05, multiLabel: false })], [1, 0, 0]);
  assert.deepEqual([...probabilities([1e6, 0, -1e6], { temperature: 0.05, multiLabel: true })], [1, 0.5, 0]);
});

test('votes: a share and a little for each class, to the power of 1 / temperature', () => {
  const logits = voteLogits({ shares: [0.6, 0.4, 0], k: 5, multiLabel: false });
  const expected = [0.6, 0.4, 0].map((share) => (share + 1 / 15) ** (1 / 0.5));
  const sum = expected.reduce((a, b) => a + b);
  assert.deepEqual(rounded(probabilities(logits, { temperature: 0.5, multiLabel: false })), rounded(expected.map((value) => value / sum)));
});

test('votes: of several classes, the smoothed odds of each; half is a half', () => {
  const logits = voteLogits({ shares: [1, 0.5, 0], k: 4, multiLabel: true });
  assert.deepEqual(rounded(probabilities(logits, { temperature: 1, multiLabel: true })), [0.9, 0.5, 0.1]);
  // sigmoid(ln(9) / 2) = 3 / 4
  assert.deepEqual(rounded(probabilities(logits, { temperature: 2, multiLabel: true })), [0.75, 0.5, 0.25]);
});

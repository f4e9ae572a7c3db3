import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scoreOf } from '../../src/choosing/score-of.ts';
import { textCovariance } from '../../src/choosing/text-covariance.ts';
import type { NumberOutcomes } from '../../src/statistics/outcomes.ts';
import { randomNormals } from '../../src/numeric/normals.ts';
import { spearman } from '../../src/statistics/rank-correlation.ts';

const numbers = (truth: readonly number[], predicted: readonly number[]): NumberOutcomes => ({
  kind: 'numbers',
  truth: Float64Array.from(truth),
  predicted: Float64Array.from(predicted),
});

test('score of numbers: Spearman, and 0 where predictions are all the same', () => {
  assert.equal(scoreOf(numbers([1, 2, 3, 4], [1, 3, 2, 9]), 'spearman'), spearman([1, 2, 3, 4], [1, 3, 2, 9]));
  assert.equal(scoreOf(numbers([1, 2, 3], [5, 5, 5]), 'spearman'), 0);
  assert.throws(() => scoreOf(numbers([1, 2], [1, 2]), 'microF1'), /The outcomes have no microF1/);
  assert.throws(
    () => scoreOf({ kind: 'single', truth: Int32Array.of(0), predicted: Int32Array.of(0), classes: 1 }, 'spearman'),
    /The outcomes have no spearman/,
  );
});

test('covariance of Spearman over texts: near 1/n of uncorrelated numbers, and one prediction goes with itself', () => {
  const normal = randomNormals(3);
  const n = 400;
  const [truth, a, b] = [0, 1, 2].map(() => Array.from({ length: n }, normal)) as [number[], number[], number[]];
  const found = textCovariance([numbers(truth, a), numbers(truth, a), numbers(truth, b)], 'spearman');
  // For independent ranks the variance of the correlation is 1 / (n - 1).
  for (const at of [0, 4, 8]) assert.ok(Math.abs(found[at]! * (n - 1) - 1) < 0.25, `${found[at]! * (n - 1)}`);
  // The same predictions: all but the added text.
  assert.ok(Math.abs(found[1]! / found[0]! - 1) < 0.01);
  assert.ok(Math.abs(found[2]! / found[0]!) < 0.2);
});

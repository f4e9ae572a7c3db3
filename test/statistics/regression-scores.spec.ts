import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REGRESSION_SCORES, regressionScores } from '../../src/statistics/regression-scores.ts';
import { SHARED_REGRESSION, sharedRegression } from '../estimators/regression-reference.ts';
import { agrees, real, REGRESSION } from './regression-reference.ts';

for (const { name, truth, predicted, ...expected } of REGRESSION.scores) {
  test(`regression scores, ${name}: those of scipy and scikit-learn, to 1e-12`, () => {
    const found = regressionScores(real(truth, predicted));
    assert.equal(found.n, truth.length);
    for (const score of REGRESSION_SCORES)
      assert.ok(agrees(found[score], expected[score], 1e-12), `${score}: ${found[score]}, expected ${expected[score]}`);
  });
}

test('regression scores: the edge cases of the shared regression, to 1e-12', { skip: SHARED_REGRESSION }, () => {
  let checked = 0;
  for (const [name, { gold, predicted, error, ...expected }] of Object.entries(sharedRegression().metrics)) {
    const found = regressionScores(real(gold, predicted));
    if (error !== undefined) assert.deepEqual([found.pearson, found.spearman, found.r2], [NaN, NaN, NaN]);
    else
      for (const score of REGRESSION_SCORES) assert.ok(agrees(found[score], expected[score], 1e-12), `${name}, ${score}: ${found[score]}`);
    checked++;
  }
  assert.equal(checked, 6);
});

test('regression scores: exact numbers', () => {
  assert.deepEqual(regressionScores(real([1, 2, 3, 4], [1, 2, 3, 4])), { n: 4, spearman: 1, pearson: 1, rmse: 0, mae: 0, r2: 1 });
  assert.deepEqual(regressionScores(real([1, 2, 3, 4], [4, 3, 2, 1])), {
    n: 4,
    spearman: -1,
    pearson: -1,
    rmse: Math.sqrt(5),
    mae: 2,
    r2: -3,
  });
  // The mean of three 0.1 is not 0.1: constant values are recognised by the values.
  assert.deepEqual(regressionScores(real([1, 2, 3], [0.1, 0.1, 0.1])).pearson, NaN);
  assert.deepEqual(regressionScores(real([0.1, 0.1, 0.1], [0.1, 0.1, 0.1])), { n: 3, spearman: NaN, pearson: NaN, rmse: 0, mae: 0, r2: 1 });
  assert.deepEqual(regressionScores(real([0.1, 0.1, 0.1], [0.1, 0.1, 0.4])).r2, 0);
  assert.deepEqual(regressionScores(real([2], [5])), { n: 1, spearman: NaN, pearson: NaN, rmse: 3, mae: 3, r2: NaN });
});

test('regression scores: times 10 the errors are, and nothing else; the order of texts counts for nothing', () => {
  const { truth, predicted } = REGRESSION.scores[0]!;
  const plain = regressionScores(real(truth, predicted));
  const times = regressionScores(
    real(
      truth.map((x) => 10 * x),
      predicted.map((x) => 10 * x),
    ),
  );
  const turned = regressionScores(real(truth.toReversed(), predicted.toReversed()));
  for (const score of REGRESSION_SCORES) {
    assert.ok(agrees(times[score], plain[score] * (score === 'rmse' || score === 'mae' ? 10 : 1), 1e-13));
    assert.ok(agrees(turned[score], plain[score], 1e-13));
  }
});

test('regression scores: ranks of 200,000 numbers are no matter of their square', () => {
  const truth = Float64Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 200_003);
  assert.equal(regressionScores({ truth, predicted: truth.map((x) => -(x ** 3)) }).spearman, -1);
});

test('regression scores: what they refuse', () => {
  assert.throws(() => regressionScores(real([1, 2], [1])), { code: 'SHAPE', message: '1 predictions for 2 targets.' });
  assert.throws(() => regressionScores(real([], [])), { code: 'DATA', message: 'Nothing to score.' });
  assert.throws(() => regressionScores(real([1, NaN], [1, 2])), { code: 'DATA', message: 'The target of text 1 is NaN, not a number.' });
  assert.throws(() => regressionScores(real([1, 2], [-Infinity, 2])), {
    code: 'DATA',
    message: 'The prediction of text 0 is -Infinity, not a number.',
  });
});

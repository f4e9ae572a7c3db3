import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resampler } from '../../src/statistics/resample.ts';
import { regressionIntervals, regressionPairedBootstrap } from '../../src/statistics/regression-bootstrap.ts';
import { REGRESSION_SCORES, regressionScores } from '../../src/statistics/regression-scores.ts';
import { agrees, real, REGRESSION } from './regression-reference.ts';
import { writtenResamples } from './reference.ts';

for (const { name, truth, first, second, resamples, confidence, scores } of REGRESSION.resampled) {
  test(`regression bootstrap, ${name}: on written resamples the intervals, differences and p of numpy, to 1e-11`, () => {
    const indices = writtenResamples(resamples, truth.length);
    const intervals = regressionIntervals(real(truth, first), { confidence, indices });
    for (const score of REGRESSION_SCORES) {
      const expected = scores[score];
      // Errors have the target's unit.
      const size = score === 'rmse' || score === 'mae' ? Math.abs(expected.value) : 1;
      const { low, high, leftOut } = intervals[score];
      const found = regressionPairedBootstrap({ first: real(truth, first), second: real(truth, second), score }, { confidence, indices });
      const pairs = [
        [low, expected.interval[0]],
        [high, expected.interval[1]],
        [found.difference, expected.difference],
        [found.low, expected.of_difference[0]],
        [found.high, expected.of_difference[1]],
        [found.p, expected.p],
      ] as const;
      for (const [got, want] of pairs) assert.ok(agrees(got, want, 1e-11, size), `${score}: ${got}, numpy ${want}`);
      assert.deepEqual([leftOut, found.leftOut], [expected.left_out, expected.pair_left_out]);
    }
  });
}

test('regression bootstrap: resample i of a seed has the texts that the resampler draws', () => {
  const { truth, first } = REGRESSION.resampled[1]!;
  const n = truth.length;
  const [resamples, seed] = [40, 9];
  const rows = new Int32Array(n);
  const resampler = new Resampler(seed);
  const indices = Int32Array.from(
    Array.from({ length: resamples }, () => {
      resampler.draw(rows, n);
      return [...rows];
    }).flat(),
  );
  assert.deepEqual(regressionIntervals(real(truth, first), { resamples, seed }), regressionIntervals(real(truth, first), { indices }));
});

test('regression bootstrap: a resample of each text once is the whole', () => {
  for (const { truth, first } of REGRESSION.resampled) {
    const whole = regressionScores(real(truth, first));
    const once = regressionIntervals(real(truth, first), { indices: Int32Array.from(truth.keys()) });
    for (const score of REGRESSION_SCORES) {
      assert.ok(agrees(once[score].low, whole[score], 1e-12) && once[score].low === once[score].high && once[score].leftOut === 0);
    }
  }
});

test('regression bootstrap: the interval is about the score, as wide as resamples say, and the seed decides', () => {
  const { truth, first } = REGRESSION.resampled[0]!;
  const outcomes = real(truth, first);
  const whole = regressionScores(outcomes);
  const found = regressionIntervals(outcomes);
  for (const score of REGRESSION_SCORES) assert.ok(found[score].low < whole[score] && whole[score] < found[score].high);
  assert.deepEqual(regressionIntervals(outcomes), found);
  assert.notDeepEqual(regressionIntervals(outcomes, { seed: 2 }), found);
});

test('regression bootstrap: predictions that are all the same have errors, and no correlation', () => {
  const { spearman, pearson, r2, mae } = regressionIntervals(real([1, 2, 3, 4], [2, 2, 2, 2]), { resamples: 50 });
  assert.deepEqual(
    [spearman, pearson],
    Array.from({ length: 2 }, () => ({ low: NaN, high: NaN, leftOut: 50 })),
  );
  assert.ok(r2.leftOut === 0 && r2.high <= 0 && mae.low >= 0.25);
  const [first, second] = [real([1, 2, 3, 4], [2, 2, 2, 2]), real([1, 2, 3, 4], [1, 2, 3, 4])];
  const against = regressionPairedBootstrap({ first, second, score: 'spearman' }, { resamples: 50 });
  assert.deepEqual(against, { difference: NaN, low: NaN, high: NaN, p: NaN, leftOut: 50 });
});

test('regression bootstrap: of one text R2 and correlations are left out', () => {
  const { spearman, rmse, r2 } = regressionIntervals(real([1], [3]), { resamples: 5 });
  assert.deepEqual([spearman.leftOut, r2.leftOut, rmse], [5, 5, { low: 2, high: 2, leftOut: 0 }]);
});

test('paired bootstrap of a regression: the other way round is the same, turned; of the same predictions p is 1', () => {
  for (const { truth, first, second } of REGRESSION.resampled) {
    const [a, b] = [real(truth, first), real(truth, second)];
    for (const score of REGRESSION_SCORES) {
      const there = regressionPairedBootstrap({ first: a, second: b, score }, { resamples: 100 });
      const back = regressionPairedBootstrap({ first: b, second: a, score }, { resamples: 100 });
      assert.equal(there.p, back.p);
      assert.equal(there.difference, -back.difference);
      assert.ok(agrees(there.low, -back.high, 1e-12) && agrees(there.high, -back.low, 1e-12));
      const same = regressionPairedBootstrap({ first: a, second: a, score }, { resamples: 20 });
      assert.ok(same.difference === 0 && same.low === 0 && same.high === 0 && same.p === 1);
    }
  }
});

test('paired bootstrap of a regression: p does not see the unit', () => {
  const { truth, first, second } = REGRESSION.resampled[0]!;
  for (const score of REGRESSION_SCORES) {
    const of = (by: number) => {
      const scaled = (predicted: readonly number[]) =>
        real(
          truth.map((x) => x * by),
          predicted.map((x) => x * by),
        );
      return regressionPairedBootstrap({ first: scaled(first), second: scaled(second), score }, { resamples: 200 }).p;
    };
    assert.deepEqual([of(2 ** 30), of(2 ** -30)], [of(1), of(1)]);
  }
});

test('regression bootstrap: what it refuses', () => {
  const of = real([1, 2, 3], [1, 2, 2]);
  assert.throws(() => regressionIntervals(real([1], [])), { code: 'SHAPE' });
  assert.throws(() => regressionIntervals(real([], [])), { code: 'DATA' });
  assert.throws(() => regressionIntervals(of, { indices: Int32Array.of(0, 1) }), {
    code: 'SHAPE',
    message: '2 indices are not resamples of 3 texts.',
  });
  assert.throws(() => regressionIntervals(of, { confidence: 1 }), { code: 'INTERNAL' });
  assert.throws(() => regressionPairedBootstrap({ first: of, second: real([1, 2, 4], [1, 2, 2]), score: 'mae' }), {
    code: 'SHAPE',
    message: 'Two scores are compared text by text, and their texts are not the same.',
  });
});

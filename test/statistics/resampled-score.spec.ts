import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInts } from '../../src/numeric/random.ts';
import { bootstrapAgainst } from '../../src/statistics/bootstrap-against.ts';
import { againstFirst, testOf } from '../../src/statistics/ties.ts';
import { eliminationPs } from '../../src/statistics/elimination.ts';
import type { NumberOutcomes } from '../../src/statistics/outcomes.ts';
import { regressionPairedBootstrap } from '../../src/statistics/regression-bootstrap.ts';
import { resampledScore } from '../../src/statistics/resampled-score.ts';

const draw = randomInts(3);
const truth = Float64Array.from({ length: 300 }, () => draw(10, 50) / 10);
const noisy = (noise: number): NumberOutcomes => ({
  kind: 'numbers',
  truth,
  predicted: truth.map((target) => target + (noise * draw(-100, 100)) / 100),
});
const [good, alike, bad] = [noisy(1), noisy(1), noisy(4)];

test('scores of numbers: a paired test tells a better correlation, and agrees with the paired bootstrap', () => {
  assert.equal(testOf([good, bad]), 'bootstrap');
  const [same, close, far] = bootstrapAgainst({ all: [[good], [alike], [bad]], best: 0, score: 'spearman' });
  assert.equal(same, 1);
  assert.ok(close! > 0.05);
  assert.ok(far! < 1e-6);
  const { p } = regressionPairedBootstrap({ first: good, second: alike, score: 'spearman' });
  assert.ok(Math.abs(p - close!) < 0.05, `${p} ${close}`);
});

test('scores of numbers: lists are compared as classes are', () => {
  const ps = againstFirst([good, alike, bad]);
  assert.equal(ps[0], 1);
  assert.ok(ps[1]! > 0.05 && ps[2]! < 0.001);
  const out = eliminationPs([good, alike, bad]);
  assert.ok(out[1]! > 0.05 && out[2]! < 0.001);
});

test('scores of numbers: resamples without a score are left out of a test, and outcomes of classes have none', () => {
  const flat: NumberOutcomes = { kind: 'numbers', truth: Float64Array.of(1, 1, 2), predicted: Float64Array.of(1, 2, 3) };
  const other: NumberOutcomes = { ...flat, predicted: Float64Array.of(3, 2, 1) };
  const [, p] = bootstrapAgainst({ all: [[flat], [other]], best: 0, score: 'spearman' });
  assert.ok(p! >= 0 && p! <= 1);
  const classes = { kind: 'single' as const, truth: Int32Array.of(0), predicted: Int32Array.of(0), classes: 1 };
  assert.throws(() => resampledScore([classes], 'spearman'), { message: /have no spearman/ });
  assert.throws(() => resampledScore([flat], 'accuracy'), { message: /have no accuracy/ });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Spread } from '../../src/choosing/constants.ts';
import { claimOf } from '../../src/choosing/claim.ts';
import { expectations, meansOf, type Component } from '../../src/choosing/expectations.ts';
import { seedVariance } from '../../src/choosing/seed-spread.ts';
import type { Observation } from '../../src/choosing/types.ts';
import { twoSided } from '../../src/statistics/normal.ts';
import { share } from './outcomes.ts';

const ONE: Spread = { seed: 0.01, seedWeight: 1e9, growth: 0, slope: 0.01, slopeSd: 0, residuals: [0.02] };
const seen = (candidate: string, right: number, size = 1000, seed = 1): Observation => ({ candidate, size, seed, outcomes: share(1000, right) });
const asked = { full: 1000, score: 'microF1' } as const;

test('expectations: of two candidates the shrunk difference, as by hand', () => {
  const candidates = [{ name: 'a', frozen: 1 }, { name: 'b', frozen: 0 }];
  const [{ mean, covariance }] = expectations({ ...asked, candidates, observations: [seen('a', 800), seen('b', 820)], spread: ONE }) as [Component, ...Component[]];
  // Prior of the difference: the slope times that of frozen scores in deviations (√2), with twice the residual variance.
  const prior = { mean: 0.01 * Math.SQRT2, variance: 2 * 0.02 ** 2 };
  const noise = (0.02 - 0.02 ** 2) / 1000 + 1 / 1000 ** 2 + 2 * 0.01 ** 2;
  const variance = 1 / (1 / prior.variance + 1 / noise);
  const expected = variance * (prior.mean / prior.variance + -0.02 / noise);
  assert.ok(Math.abs(mean[0]! - mean[1]! - expected) < 1e-5, `${mean[0]! - mean[1]!} and ${expected}`);
  assert.ok(Math.abs(covariance[0]! + covariance[3]! - 2 * covariance[1]! - variance) < 1e-5);
});

test('expectations: one that was not trained follows its frozen score, and less is known of it', () => {
  const candidates = ['a', 'b', 'c'].map((name, at) => ({ name, frozen: [3, 1, 2][at]! }));
  const components = expectations({ ...asked, candidates, observations: [seen('a', 900), seen('b', 860)], spread: { ...ONE, slopeSd: 0.02 } });
  const [a, b, c] = meansOf(components);
  assert.ok(a! > c! && c! > b!);
  const { covariance } = components[0]!;
  const spread = (i: number, j: number): number => covariance[4 * i]! + covariance[4 * j]! - 2 * covariance[3 * i + j]!;
  assert.ok(spread(2, 0) > spread(1, 0));
});

test('expectations: what all lose on fewer texts is not held against one that was trained on few', () => {
  const candidates = [{ name: 'a', frozen: undefined }, { name: 'b', frozen: undefined }];
  // Both were trained on 100 texts; one of them on all of them, too.
  const observations = [seen('a', 700, 100), seen('b', 720, 100), seen('a', 900)];
  const [a, b] = meansOf(expectations({ ...asked, candidates, observations, spread: { ...ONE, growth: 0.01 } }));
  assert.ok(b! > a!);
});

test('expectations: without a frozen score, or with equal ones, none is preferred', () => {
  for (const frozen of [undefined, 5]) {
    const found = meansOf(expectations({ ...asked, candidates: ['a', 'b'].map((name) => ({ name, frozen })), observations: [] }));
    assert.ok(Math.abs(found[0]! - found[1]!) < 1e-12);
  }
});

test('seeds: the deviation that is known, joined with that of trainings that differ in their seed alone', () => {
  const scored = [0.8, 0.84].map((score) => ({ candidate: 'a', size: 100, score }));
  assert.equal(seedVariance([], { seed: 0.01, seedWeight: 4 }), 0.01 ** 2);
  const found = seedVariance([...scored, { candidate: 'a', size: 50, score: 0.1 }], { seed: 0.01, seedWeight: 4 });
  assert.ok(Math.abs(found - (4 * 0.0001 + 2 * 0.0004) / 5) < 1e-12);
});

test('claim: of two candidates the tail of a normal distribution, to two percent', () => {
  const candidates = [{ name: 'a', frozen: undefined }, { name: 'b', frozen: undefined }];
  const observations = [seen('a', 800), seen('b', 806)];
  const [{ mean, covariance }] = expectations({ ...asked, candidates, observations, spread: ONE }) as [Component, ...Component[]];
  const deviation = Math.sqrt(covariance[0]! + covariance[3]! - 2 * covariance[1]!);
  const z = (mean[1]! - mean[0]! + 0.005) / deviation;
  const { chance, each } = claimOf({ ...asked, candidates, observations, winner: 'b', spread: ONE });
  assert.ok(Math.abs(chance - twoSided(z) / 2) < 0.02, `${chance} and ${twoSided(z) / 2}`);
  assert.deepEqual(each, { a: chance, b: 0 });
});

test('claim: nobody is better than an only candidate', () => {
  const only = { ...asked, candidates: [{ name: 'a', frozen: 1 }], observations: [seen('a', 800)], winner: 'a' };
  assert.deepEqual(claimOf(only), { chance: 0, margin: 0.005, each: { a: 0 } });
});

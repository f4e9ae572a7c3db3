import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Spread } from '../../src/choosing/constants.ts';
import type { Observation } from '../../src/choosing/types.ts';
import { worseThanBest } from '../../src/choosing/worse.ts';
import { twoSided } from '../../src/statistics/normal.ts';
import { share } from './outcomes.ts';

const SURE: Spread = { seed: 0, seedWeight: 4, growth: 0, slope: 0, slopeSd: 0, residuals: [0.02] };
const seen = (candidate: string, right: number, more: Partial<Observation> = {}): Observation => ({
  candidate,
  size: 100,
  seed: 1,
  outcomes: share(400, right),
  ...more,
});
const asked = { full: 1000, score: 'microF1', spread: SURE } as const;

test('worse: the difference over its paired standard error, two-sided, Holm-corrected for every two', () => {
  const { best, ps } = worseThanBest({ ...asked, observations: [seen('a', 300), seen('b', 340)] });
  assert.equal(best, 'b');
  // 40 of 400 texts differ, all in one direction: variance of the mean difference, and one text more.
  const variance = (0.1 - 0.01) / 400 + 1 / 400 ** 2;
  assert.ok(Math.abs(ps.get('a')! - twoSided(0.1 / Math.sqrt(variance))) < 1e-12);
  assert.equal(ps.get('b'), 1);
  const three = worseThanBest({ ...asked, observations: [seen('a', 330), seen('b', 340), seen('c', 340)] });
  const alone = worseThanBest({ ...asked, observations: [seen('a', 330), seen('b', 340)] });
  assert.equal(three.best, 'b', 'of equal ones the first');
  assert.ok(three.ps.get('a')! > alone.ps.get('a')!);
});

test('worse: seeds and the part of train that is missing make a difference less certain', () => {
  const observations = [seen('a', 300), seen('b', 340)];
  const p = (spread: Partial<Spread>, more: Partial<Observation> = {}): number =>
    worseThanBest({ ...asked, observations: observations.map((each) => ({ ...each, ...more })), spread: { ...SURE, ...spread } }).ps.get(
      'a',
    )!;
  const certain = p({});
  assert.ok(p({ seed: 0.02 }) > certain);
  assert.ok(p({ growth: 0.02 }) > certain);
  assert.ok(p({ growth: 0.02 }) > p({ growth: 0.02 }, { size: 500 }));
  assert.equal(p({ growth: 0.02 }, { size: 1000 }), certain);
});

test('worse: several seeds are one mean each', () => {
  const observations = [seen('a', 300), seen('a', 340, { seed: 2 }), seen('b', 320), seen('b', 324, { seed: 2 })];
  const { best, ps } = worseThanBest({ ...asked, observations, spread: { ...SURE, seed: 0.01 } });
  assert.equal(best, 'b');
  assert.ok(ps.get('a')! > 0.5);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapIntervals } from '../../src/statistics/bootstrap.ts';
import { scoresOf, type Outcomes } from '../../src/statistics/outcomes.ts';
import { middle, quantile } from '../../src/statistics/quantile.ts';
import { Resampler } from '../../src/statistics/resample.ts';
import { Tally } from '../../src/statistics/tally.ts';
import { REFERENCE } from './reference.ts';

const { bootstrap, multi } = REFERENCE;
const SINGLE: Outcomes = { kind: 'single', truth: Int32Array.from(bootstrap.truth), predicted: Int32Array.from(bootstrap.predicted), classes: bootstrap.classes };
const MULTI: Outcomes = { kind: 'multi', truth: multi.truth.map((set) => Int32Array.from(set)), predicted: multi.predicted.map((set) => Int32Array.from(set)), classes: multi.classes };

/** Of an end of an interval of 20,000 draws: three standard errors of the quantile, about 0.045 of the scores' deviation. */
const NOISE = 0.003;

test('bootstrap: intervals of scikit-learn scores over numpy draws, within the noise of the draws', () => {
  const found = bootstrapIntervals(SINGLE, { resamples: 20_000 });
  const expected = { accuracy: bootstrap.accuracy, microF1: bootstrap.accuracy, macroF1: bootstrap.macro_f1 };
  for (const [name, [low, high]] of Object.entries(expected)) {
    const { low: from, high: to } = found[name as keyof typeof found];
    assert.ok(Math.abs(from - low) < NOISE && Math.abs(to - high) < NOISE, `${name}: ${from} ${to}, reference ${low} ${high}`);
  }
});

test('bootstrap: of texts with several labels, too', () => {
  const found = bootstrapIntervals(MULTI, { resamples: 20_000 });
  const expected = { accuracy: multi.accuracy, microF1: multi.micro_f1, macroF1: multi.macro_f1 };
  for (const [name, [low, high]] of Object.entries(expected)) {
    const { low: from, high: to } = found[name as keyof typeof found];
    assert.ok(Math.abs(from - low) < 2 * NOISE && Math.abs(to - high) < 2 * NOISE, `${name}: ${from} ${to}, reference ${low} ${high}`);
  }
});

test('bootstrap: the seed decides', () => {
  assert.deepEqual(bootstrapIntervals(SINGLE), bootstrapIntervals(SINGLE, { seed: 1 }));
  assert.notDeepEqual(bootstrapIntervals(SINGLE), bootstrapIntervals(SINGLE, { seed: 2 }));
});

test('bootstrap: all right is 1 to 1', () => {
  const all = bootstrapIntervals({ ...SINGLE, predicted: SINGLE.truth } as Outcomes, { resamples: 20 });
  assert.deepEqual(all, { accuracy: { low: 1, high: 1 }, microF1: { low: 1, high: 1 }, macroF1: { low: 1, high: 1 } });
});

test('tally: every text once scores as the whole does, to 1e-15', () => {
  for (const outcomes of [SINGLE, MULTI]) {
    const tally = new Tally(outcomes);
    const counts = new Float64Array(tally.size);
    for (const kind of tally.kinds) counts[kind]!++;
    const scores = { accuracy: 0, microF1: 0, macroF1: 0 };
    tally.score(counts, tally.kinds.length, scores);
    const { accuracy, microF1, macroF1 } = scoresOf(outcomes);
    assert.ok(Math.abs(scores.accuracy - accuracy) < 1e-15 && Math.abs(scores.microF1 - microF1) < 1e-15 && Math.abs(scores.macroF1 - macroF1) < 1e-15);
  }
});

test('resample: the published first numbers of xoshiro128**, and all rows about as often', () => {
  // Of the state 1, 2, 3, 4 the reference C code gives 11520, 0, 5927040, 70819200: of n = 2^31 a draw is half the number.
  const resampler = new Resampler(0);
  resampler.seed([1, 2, 3, 4]);
  const rows = new Int32Array(4);
  resampler.draw(rows, 2 ** 31);
  assert.deepEqual([...rows], [5760, 0, 2963520, 35409600]);
  const counts = new Float64Array(10);
  const many = new Int32Array(100_000);
  new Resampler(3).draw(many, 10);
  for (const row of many) counts[row]!++;
  // Chi-square of 9 degrees: 27.9 is passed once in a thousand seeds.
  assert.ok(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0) < 27.9, counts.join(' '));
});

test('quantile: between neighbours as numpy.percentile', () => {
  assert.equal(quantile(Float64Array.of(1, 2, 4, 8), 0.5), 3);
  assert.equal(quantile(Float64Array.of(1, 2, 4, 8), 1), 8);
  assert.equal(quantile(Float64Array.of(5), 0.3), 5);
  assert.deepEqual(middle(Float64Array.of(8, 1, 4, 2, 16), 0.5), { low: 2, high: 8 });
});

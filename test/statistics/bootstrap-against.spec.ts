import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapAgainst } from '../../src/statistics/bootstrap-against.ts';
import { twoSided } from '../../src/statistics/normal.ts';
import { isCorrect, type ClassOutcomes } from '../../src/statistics/outcomes.ts';
import { pairedBootstrap } from '../../src/statistics/paired-bootstrap.ts';
import { Resampler } from '../../src/statistics/resample.ts';
import { near, RESAMPLED, SCORES, single, writtenResamples } from './reference.ts';

const N = 600;
const TRUTH = Array.from({ length: N }, (_, i) => i % 4);

/** Predictions with about this percentage correct: hard texts are hard for all. */
function outcomes(percent: number, seed: number): ClassOutcomes {
  const [shared, own] = [new Int32Array(N), new Int32Array(N)];
  new Resampler(99).draw(shared, 100);
  new Resampler(seed).draw(own, 100);
  return single(
    TRUTH,
    TRUTH.map((label, i) => (0.7 * shared[i]! + 0.3 * own[i]! < percent ? label : (label + 1) % 4)),
    4,
  );
}

test('bootstrap against the best: on written resamples, of one label and of several, p of numpy and scipy, to 1e-9 of it', () => {
  for (const { found, first, second } of RESAMPLED) {
    for (const [score, key] of SCORES) {
      const [, p] = bootstrapAgainst(
        { all: [[first], [second]], best: 0, score },
        { indices: writtenResamples(found.resamples, found.truth.length) },
      );
      assert.ok(near(p!, found[key].p_normal, 1e-9), `${first.kind} ${score}: ${p}, reference ${found[key].p_normal}`);
    }
  }
});

test('bootstrap against the best: p that can be counted is that of the paired bootstrap, to the noise of both', () => {
  const pairs = [
    [60, 62],
    [60, 63],
    [60, 64],
    [50, 53],
  ].map(([a, b], i) => [outcomes(a!, i + 1), outcomes(b!, i + 11)] as const);
  for (const [first, second] of pairs) {
    const [, p] = bootstrapAgainst({ all: [[first], [second]], best: 0, score: 'macroF1' }, { resamples: 10_000 });
    const { p: counted } = pairedBootstrap({ first, second, score: 'macroF1' });
    assert.ok(Math.abs(p! - counted) < 0.02 && counted < 0.5, `${p}, counted ${counted}`);
  }
});

test('bootstrap against the best: the standard error of paired proportions, to 3%', () => {
  const [a, b] = [outcomes(60, 1), outcomes(64, 2)];
  const differences = TRUTH.map((_, i) => Number(isCorrect(b, i)) - Number(isCorrect(a, i)));
  const [, p] = bootstrapAgainst({ all: [[a], [b]], best: 0, score: 'accuracy' }, { resamples: 10_000 });
  const mean = average(differences);
  const z = mean / Math.sqrt(average(differences.map((each) => (each - mean) ** 2)) / N);
  assert.ok(p! > twoSided(1.03 * z) && p! < twoSided(0.97 * z), `${p}, formula ${twoSided(z)}`);
});

test('bootstrap against the best: of seeds, the variances of texts and seeds together, to 3% of the error', () => {
  const [a, b] = [
    [60, 54, 57].map((percent, i) => outcomes(percent, i + 1)),
    [61, 66, 69, 70].map((percent, i) => outcomes(percent, i + 4)),
  ];
  const share = (each: ClassOutcomes): number => average(TRUTH.map((_, i) => Number(isCorrect(each, i))));
  const meanRight = (seeds: readonly ClassOutcomes[], i: number): number => average(seeds.map((each) => Number(isCorrect(each, i))));
  const differences = TRUTH.map((_, i) => meanRight(b, i) - meanRight(a, i));
  const mean = average(differences);
  const ofSeeds = (seeds: readonly ClassOutcomes[]): number => {
    const values = seeds.map(share);
    return values.reduce((sum, value) => sum + (value - average(values)) ** 2, 0) / (seeds.length - 1) / seeds.length;
  };
  const ofTexts = average(differences.map((each) => (each - mean) ** 2)) / N;
  const [, p] = bootstrapAgainst({ all: [a, b], best: 0, score: 'accuracy' }, { resamples: 20_000 });
  // Resampled seeds vary on resampled texts: a little more than the sum of the two.
  const z = mean / Math.sqrt(ofTexts + ofSeeds(a) + ofSeeds(b));
  assert.ok(p! > twoSided(1.03 * z) && p! < twoSided(0.94 * z), `${p}, formula ${twoSided(z)}`);
  // With texts only it would claim significance.
  assert.ok(p! > 2 * twoSided(mean / Math.sqrt(ofTexts)));
});

test('bootstrap against the best: of each in its place; equal scores are p = 1; the seed decides', () => {
  const [a, b] = [outcomes(40, 1), outcomes(70, 2)];
  const params = { all: [[a], [b], [a], [b]], best: 1, score: 'macroF1' } as const;
  const [far, own, again, equal] = bootstrapAgainst(params);
  assert.ok(far! < 1e-6 && far! > 0 && own === 1 && again === far && equal === 1);
  assert.deepEqual(bootstrapAgainst(params), bootstrapAgainst(params));
  assert.notDeepEqual(bootstrapAgainst(params), bootstrapAgainst(params, { seed: 2 }));
});

test('bootstrap against the best: the p of one does not depend on which others there are, of several seeds too', () => {
  const best = [60, 64, 63].map((percent, i) => outcomes(percent, i + 1));
  const others = [
    [58, 61, 57],
    [50, 66, 40, 55],
    [62, 63, 60],
  ].map((seeds, j) => seeds.map((percent, i) => outcomes(percent, 10 * j + i + 20)));
  const together = bootstrapAgainst({ all: [others[0]!, best, others[1]!, others[2]!], best: 1, score: 'macroF1' });
  const alone = others.map((other) => bootstrapAgainst({ all: [best, other], best: 0, score: 'macroF1' })[1]);
  assert.deepEqual(together, [alone[0], 1, alone[1], alone[2]]);
});

test('bootstrap against the best: if no resample differs, the observed one counts as one more; other texts are refused', () => {
  const [all, none] = [single([0, 1], [0, 1], 2), single([0, 1], [1, 0], 2)];
  assert.deepEqual(bootstrapAgainst({ all: [[all], [none]], best: 0, score: 'accuracy' }, { resamples: 99 }), [1, 0.01]);
  assert.throws(() => bootstrapAgainst({ all: [[all], [single([1, 0], [1, 0], 2)]], best: 0, score: 'accuracy' }), {
    code: 'SHAPE',
    message: 'Scores are compared text by text, and their texts are not the same.',
  });
});

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readSafetensors } from '../../src/embed/safetensors.ts';
import { holm } from '../../src/statistics/holm.ts';
import { mcnemarExact, pairedShare } from '../../src/statistics/mcnemar.ts';
import { twoSided } from '../../src/statistics/normal.ts';
import type { Outcomes } from '../../src/statistics/outcomes.ts';
import { pairedBootstrap } from '../../src/statistics/paired-bootstrap.ts';
import { unpairedDifference, wilson } from '../../src/statistics/unpaired.ts';
import { shared, unlessShared } from '../shared.ts';
import { near, REFERENCE } from './reference.ts';

const ORACLE = ['oracles', 'estimators', 'estimators.json'];

interface Oracle {
  readonly mcnemar: readonly { readonly table: { readonly only_first_right: number; readonly only_second_right: number }; readonly exact_p: number }[];
  readonly paired_bootstrap: { readonly y: number[]; readonly pred_a: number[]; readonly pred_b: number[] } & Readonly<Record<'accuracy' | 'macro_f1_labels_0_3', { observed: number; p_two_sided_shifted_by_observed: number; ci95_percentile_linear: [number, number] }>>;
}

test('mcnemar: p of scipy to 1e-9 of it, from one text to a million', () => {
  for (const { onlyFirst, onlySecond, p } of REFERENCE.mcnemar) {
    assert.ok(near(mcnemarExact({ onlyFirst, onlySecond }), p, 1e-9), `${onlyFirst} ${onlySecond}: ${mcnemarExact({ onlyFirst, onlySecond })}, scipy ${p}`);
    assert.equal(mcnemarExact({ onlyFirst, onlySecond }), mcnemarExact({ onlyFirst: onlySecond, onlySecond: onlyFirst }));
  }
});

test('mcnemar: nothing to tell apart is p = 1', () => {
  assert.equal(mcnemarExact({ onlyFirst: 0, onlySecond: 0 }), 1);
  assert.equal(mcnemarExact({ onlyFirst: 5, onlySecond: 5 }), 1);
  assert.throws(() => mcnemarExact({ onlyFirst: -1, onlySecond: 2 }), { code: 'INTERNAL' });
});

test('mcnemar: p of statsmodels', { skip: unlessShared(...ORACLE) }, () => {
  const { mcnemar } = JSON.parse(readFileSync(shared(...ORACLE), 'utf8')) as Oracle;
  for (const { table, exact_p: p } of mcnemar) assert.ok(near(mcnemarExact({ onlyFirst: table.only_first_right, onlySecond: table.only_second_right }), p, 1e-12));
});

test('mcnemar: the interval of the difference holds it, and none only where p is large', () => {
  for (const { onlyFirst, onlySecond, p } of REFERENCE.mcnemar) {
    const { difference, low, high } = pairedShare({ onlyFirst, onlySecond, n: 2 * (onlyFirst + onlySecond) });
    assert.ok(low <= difference && difference <= high);
    if (onlyFirst + onlySecond >= 100 && Math.abs(p - 0.05) > 0.02) assert.equal(low > 0 || high < 0, p < 0.05, `${onlyFirst} ${onlySecond}`);
  }
});

test('holm: as statsmodels, to 1e-15', () => {
  for (const { ps, adjusted } of REFERENCE.holm) for (const [i, p] of holm(ps).entries()) assert.ok(near(p, adjusted[i]!, 1e-15), `${p} ${adjusted[i]}`);
  assert.deepEqual(holm([]), []);
});

test('normal: two tails as scipy, to 1e-12', () => {
  for (const { z, p } of REFERENCE.normal) assert.ok(near(twoSided(z), p, 1e-12), `${z}: ${twoSided(z)}, scipy ${p}`);
  assert.equal(twoSided(Number.POSITIVE_INFINITY), 0);
});

test('wilson: as statsmodels, to 1e-12', () => {
  for (const { correct, n, interval: [low, high] } of REFERENCE.wilson) {
    const found = wilson({ correct, n });
    assert.ok(Math.abs(found.low - low) < 1e-12 && Math.abs(found.high - high) < 1e-12, `${correct}/${n}: ${JSON.stringify(found)}`);
  }
});

test('unpaired: of two shares, the interval of Newcombe as statsmodels has it, to 1e-12', () => {
  for (const { first: [a, n], second: [b, m], interval: [low, high] } of REFERENCE.newcombe) {
    const found = unpairedDifference({ first: { value: a / n, ...wilson({ correct: a, n }) }, second: { value: b / m, ...wilson({ correct: b, n: m }) } });
    assert.ok(Math.abs(found.low - low) < 1e-12 && Math.abs(found.high - high) < 1e-12, `${a}/${n} ${b}/${m}: ${JSON.stringify(found)}`);
    assert.equal(found.p < 0.05, low > 0 || high < 0);
  }
  assert.equal(unpairedDifference({ first: { value: 0.5, low: 0.4, high: 0.6 }, second: { value: 0.5, low: 0.4, high: 0.6 } }).p, 1);
});

test('paired bootstrap: difference, interval and p of the oracle on its own resamples', { skip: unlessShared(...ORACLE) }, () => {
  const { paired_bootstrap: oracle } = JSON.parse(readFileSync(shared(...ORACLE), 'utf8')) as Oracle;
  const { tensors } = readSafetensors(readFileSync(shared('oracles', 'estimators', 'estimators.safetensors')), 'estimators');
  const indices = tensors.get('bootstrap.indices')!.data as Int32Array;
  const of = (predicted: number[]): Outcomes => ({ kind: 'single', truth: Int32Array.from(oracle.y), predicted: Int32Array.from(predicted), classes: 4 });
  for (const [score, name] of [['accuracy', 'accuracy'], ['microF1', 'accuracy'], ['macroF1', 'macro_f1_labels_0_3']] as const) {
    // The oracle's difference is a less b.
    const found = pairedBootstrap({ first: of(oracle.pred_b), second: of(oracle.pred_a), score, indices });
    const { observed, p_two_sided_shifted_by_observed: p, ci95_percentile_linear: [low, high] } = oracle[name];
    assert.ok(Math.abs(found.difference - observed) < 1e-12);
    assert.ok(Math.abs(found.low - low) < 1e-12 && Math.abs(found.high - high) < 1e-12);
    // Ours counts the observed difference as one resample more.
    assert.ok(Math.abs((found.p * 301 - 1) / 300 - p) < 1e-12, `${score}: ${found.p}`);
  }
});

test('paired bootstrap: the same seed, the same p; nothing different, p = 1; other texts are refused', () => {
  const [first, second] = [[0, 1, 2, 1, 0, 2, 0, 1, 2, 0], [0, 1, 2, 0, 1, 2, 0, 1, 0, 0]].map((predicted): Outcomes => (
    { kind: 'single', truth: Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 2, 0), predicted: Int32Array.from(predicted), classes: 3 }
  )) as [Outcomes, Outcomes];
  const params = { first, second, score: 'macroF1' } as const;
  assert.deepEqual(pairedBootstrap(params, { resamples: 200 }), pairedBootstrap(params, { resamples: 200 }));
  assert.notDeepEqual(pairedBootstrap(params, { resamples: 200 }), pairedBootstrap(params, { resamples: 200, seed: 2 }));
  assert.deepEqual(pairedBootstrap({ ...params, second: first }, { resamples: 50 }), { difference: 0, low: 0, high: 0, p: 1 });
  assert.throws(() => pairedBootstrap({ ...params, second: { ...second, truth: second.truth.toReversed() } as Outcomes }), { code: 'SHAPE', message: 'Two scores are compared text by text, and their texts are not the same.' });
});

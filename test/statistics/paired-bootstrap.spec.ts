import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { pairedBootstrap } from '../../src/statistics/paired-bootstrap.ts';
import { oracleFolders } from '../oracles.ts';
import { RESAMPLED, SCORES, single, writtenResamples } from './reference.ts';

interface Oracle {
  readonly paired_bootstrap: { readonly y: number[]; readonly pred_a: number[]; readonly pred_b: number[] } & Readonly<
    Record<
      'accuracy' | 'macro_f1_labels_0_3',
      { observed: number; p_two_sided_shifted_by_observed: number; ci95_percentile_linear: [number, number] }
    >
  >;
}

for (const { name, at, skip } of oracleFolders('estimators')) {
  test(`paired bootstrap: difference, interval and p of ${name} on its own resamples, to 1e-12`, { skip }, () => {
    const { paired_bootstrap: oracle } = JSON.parse(readFileSync(at('estimators.json'), 'utf8')) as Oracle;
    const { tensors } = readSafetensors(readFileSync(at('estimators.safetensors')), name);
    const { shape, data } = tensors.get('bootstrap.indices')!;
    const indices = data as Int32Array;
    const resamples = shape[0]!;
    const of = (predicted: number[]) => single(oracle.y, predicted, 4);
    for (const [score, key] of [
      ['accuracy', 'accuracy'],
      ['microF1', 'accuracy'],
      ['macroF1', 'macro_f1_labels_0_3'],
    ] as const) {
      // The oracle's difference is a minus b.
      const found = pairedBootstrap({ first: of(oracle.pred_b), second: of(oracle.pred_a), score }, { indices });
      const {
        observed,
        p_two_sided_shifted_by_observed: p,
        ci95_percentile_linear: [low, high],
      } = oracle[key];
      assert.ok(Math.abs(found.difference - observed) < 1e-12);
      assert.ok(Math.abs(found.low - low) < 1e-12 && Math.abs(found.high - high) < 1e-12);
      // Ours counts the observed difference as an additional resample.
      assert.ok(Math.abs((found.p * (resamples + 1) - 1) / resamples - p) < 1e-12, `${score}: ${found.p}`);
    }
  });
}

test('paired bootstrap: on written resamples, of one label and of several, as numpy and scikit-learn, to 1e-12', () => {
  for (const { found, first, second } of RESAMPLED) {
    const { confidence, resamples, truth } = found;
    for (const [score, key] of SCORES) {
      const { difference, low, high, p } = pairedBootstrap(
        { first, second, score },
        { confidence, indices: writtenResamples(resamples, truth.length) },
      );
      const expected = found[key];
      const got = [difference, low, high, p];
      const want = [expected.difference, ...expected.of_difference, expected.p];
      assert.ok(
        got.every((value, i) => Math.abs(value - want[i]!) < 1e-12),
        `${first.kind} ${score}: ${got.join(' ')}, reference ${want.join(' ')}`,
      );
    }
  }
});

test('paired bootstrap: the other way round is the same, turned', () => {
  for (const { first, second } of RESAMPLED) {
    const there = pairedBootstrap({ first, second, score: 'macroF1' }, { resamples: 300 });
    const back = pairedBootstrap({ first: second, second: first, score: 'macroF1' }, { resamples: 300 });
    assert.equal(there.p, back.p);
    assert.ok(Math.abs(there.low + back.high) < 1e-12 && Math.abs(there.high + back.low) < 1e-12 && there.difference === -back.difference);
  }
});

test('paired bootstrap: the same seed, the same p; nothing different, p = 1; other texts are refused', () => {
  const truth = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0];
  const first = single(truth, [0, 1, 2, 1, 0, 2, 0, 1, 2, 0], 3);
  const second = single(truth, [0, 1, 2, 0, 1, 2, 0, 1, 0, 0], 3);
  const params = { first, second, score: 'macroF1' } as const;
  assert.deepEqual(pairedBootstrap(params, { resamples: 200 }), pairedBootstrap(params, { resamples: 200 }));
  assert.notDeepEqual(pairedBootstrap(params, { resamples: 200 }), pairedBootstrap(params, { resamples: 200, seed: 2 }));
  assert.deepEqual(pairedBootstrap({ ...params, second: first }, { resamples: 50 }), { difference: 0, low: 0, high: 0, p: 1 });
  assert.throws(() => pairedBootstrap({ ...params, second: single(truth.toReversed(), truth, 3) }), {
    code: 'SHAPE',
    message: 'Two scores are compared text by text, and their texts are not the same.',
  });
});

test('paired bootstrap: all wrong against all correct gives the smallest possible p', () => {
  const [truth, other] = [
    [0, 1, 0, 1, 0, 1],
    [1, 0, 1, 0, 1, 0],
  ];
  assert.deepEqual(
    pairedBootstrap({ first: single(truth, other, 2), second: single(truth, truth, 2), score: 'accuracy' }, { resamples: 99 }),
    { difference: 1, low: 1, high: 1, p: 0.01 },
  );
});

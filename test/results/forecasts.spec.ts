import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EstimateRow } from '../../src/results/estimates.ts';
import { CHANCE, forecastsOf, SIZE } from '../../src/results/forecasts.ts';
import { scored } from './rows.ts';

const trained = (encoder: string, score: string, seed = '1') =>
  scored(encoder, 'd', score, { protocol: 'head', split: 'test', objective: 'classic', seed });

function estimated(encoder: string, score: string, values: Partial<EstimateRow> = {}): EstimateRow {
  return {
    encoder,
    dataset: 'd',
    estimator: 'logme',
    pooling: 'mean',
    layers: 'last',
    dim: '',
    prompt: '',
    k: '',
    n: '1000',
    score,
    low: '',
    high: '',
    label_field: 'class',
    labels: '',
    revision: '',
    file_hash: '',
    tokenizer_hash: '',
    dtype: 'fp32',
    attention: '',
    max_length: '64',
    data_hash: '',
    sample: '',
    seed: '',
    source_field: '',
    task: '',
    pair: '',
    word_pooling: '',
    device: '',
    ...values,
  };
}

function found(rows: Parameters<typeof forecastsOf>[0]['rows'], estimates: readonly EstimateRow[]) {
  return new Map(forecastsOf({ rows, estimates }).map(({ estimate, forecasts }) => [estimate, forecasts]));
}

test('forecasts: an estimate is joined with the mean of the seeds; without a trained score there is none', () => {
  const of = found(
    [trained('a', '80.00'), trained('a', '82.00', '2'), trained('b', '90.00')],
    [estimated('a', '0.5'), estimated('b', '0.25'), estimated('c', '0.75')],
  );
  assert.deepEqual(of.get('mean, logme'), [
    { dataset: 'd', encoder: 'a', estimate: 0.5, draw: undefined, outcome: 81 },
    { dataset: 'd', encoder: 'b', estimate: 0.25, draw: undefined, outcome: 90 },
  ]);
});

test('forecasts: of numbered layers the best stands for the encoder', () => {
  const of = found(
    [trained('a', '80.00')],
    ['0.1', '0.9', '0.4'].map((score, layer) => estimated('a', score, { layers: String(layer) })),
  );
  assert.deepEqual([...of.keys()], ['mean best layer, logme', CHANCE]);
  assert.equal(of.get('mean best layer, logme')![0]!.estimate, 0.9);
});

test('forecasts: of a smaller sample it is said on how many texts, and each draw is one', () => {
  const of = found(
    [trained('a', '80.00')],
    [
      estimated('a', '0.5'),
      ...[1, 2].map((seed) => estimated('a', `0.${seed}`, { n: '100', sample: `stratified train 100 of 1000, seed ${seed}` })),
    ],
  );
  assert.equal(of.get('mean, logme')!.length, 1);
  assert.deepEqual(
    of.get('mean, logme, 100 texts')!.map(({ draw, estimate }) => [draw, estimate]),
    [
      ['seed 1', 0.1],
      ['seed 2', 0.2],
    ],
  );
});

test('forecasts: frozen scores of results.csv, a concatenation left out; to call all equal is an estimate too', () => {
  const of = found(
    [
      trained('a', '80.00'),
      scored('a', 'd', '60.00'),
      scored('concat-all', 'd', '70.00'),
      scored('a', 'd', '50.00', { protocol: 'fit-train', split: 'dev' }),
      scored('a', 'd', '55.00', { protocol: 'fit-train', split: 'test', k: '1' }),
    ],
    [],
  );
  assert.deepEqual(
    [...of].map(([kind, [first]]) => [kind, first!.estimate]),
    [
      ['mean, leave-one-out', 60],
      ['mean, fit-train test, k 1', 55],
      [CHANCE, 0],
    ],
  );
});

function cost(encoder: string, parameters: string) {
  return {
    encoder,
    dataset: 'd',
    dtype: 'fp32',
    parameters,
    text_ms: '',
    tokens_per_second: '',
    memory_mb: '',
    max_length: '64',
    texts: '',
    prompt: '',
    device: '',
  };
}

test('forecasts: to take the largest is an estimate too, of those whose size is known', () => {
  const all = forecastsOf({
    rows: [trained('a', '80.00'), trained('b', '90.00'), trained('c', '70.00')],
    costs: [cost('a', '1000'), cost('b', '200'), cost('c', ''), cost('z', '5')],
  });
  assert.deepEqual(
    all.find(({ estimate }) => estimate === SIZE)!.forecasts.map(({ encoder, estimate }) => [encoder, estimate]),
    [
      ['a', 1000],
      ['b', 200],
    ],
  );
});

test('forecasts: label fields of a dataset are never joined with each other', () => {
  const rows = ['bias', 'publisher'].flatMap((field, f) =>
    ['a', 'b', 'c'].flatMap((encoder, i) => {
      const score = `${f === 0 ? 50 + i : 90 - i}.00`;
      return [
        scored(encoder, 'd', score, { label_field: field }),
        scored(encoder, 'd', score, { label_field: field, protocol: 'head', split: 'test', objective: 'classic', seed: '1' }),
      ];
    }),
  );
  const all = forecastsOf({ rows });
  const forecasts = all.find(({ estimate }) => estimate === 'mean, leave-one-out')!.forecasts;
  assert.deepEqual(
    forecasts.map(({ dataset, encoder, estimate, outcome }) => [dataset, encoder, estimate === outcome]),
    ['bias', 'publisher'].flatMap((field) => ['a', 'b', 'c'].map((encoder) => [`d (${field})`, encoder, true])),
  );
});

test('forecasts: the mean is of seeds alone: other ways to score a trained encoder are other objectives', () => {
  const rows = [
    ['1', '10.00'],
    ['5', '90.00'],
  ].flatMap(([k, score]) =>
    ['1', '2'].map((seed) => scored('a', 'd', score!, { protocol: 'fit-train', split: 'test', objective: 'cea', k: k!, seed })),
  );
  const all = forecastsOf({ rows });
  assert.deepEqual(
    all.map(({ objective, forecasts }) => [objective, forecasts[0]!.outcome]),
    [
      ['cea, k 1', 10],
      ['cea, k 5', 90],
    ],
  );
});

test('forecasts: an encoder is estimated in the precision that it was trained in, if there are several', () => {
  const rows = [
    scored('a', 'd', '50.00', { dtype: 'q4' }),
    scored('a', 'd', '60.00', { dtype: 'fp32' }),
    scored('a', 'd', '80.00', { dtype: 'fp32', protocol: 'head', split: 'test', objective: 'classic', seed: '1' }),
  ];
  assert.deepEqual(
    forecastsOf({ rows })
      .find(({ estimate }) => estimate === 'mean, leave-one-out')!
      .forecasts.map(({ estimate }) => estimate),
    [60],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rankedEstimates, rankedResults, type Compare } from '../../../src/report/verdict/ranked-lists.ts';
import type { EstimateRow } from '../../../src/results/estimates.ts';
import type { Row } from '../../../src/results/row.ts';
import { mcnemarAgainst } from '../../../src/statistics/mcnemar-against.ts';
import { correctOf } from '../../../src/statistics/ties.ts';

const row = (encoder: string, score: number, more: Partial<Row> = {}): Row =>
  ({
    encoder,
    dataset: 'd',
    pooling: 'mean',
    layers: 'last',
    protocol: 'leave-one-out',
    split: 'all',
    objective: '',
    labels: '',
    label_field: 'c',
    data_hash: 'h',
    sample: '',
    micro_f1: score.toFixed(2),
    micro_f1_low: (score - 4).toFixed(2),
    micro_f1_high: (score + 4).toFixed(2),
    ...more,
  }) as Row;
const estimate = (encoder: string, score: string, more: Partial<EstimateRow> = {}): EstimateRow =>
  ({
    encoder,
    dataset: 'd',
    estimator: 'logme',
    pooling: 'mean',
    layers: 'last',
    score,
    low: '',
    high: '',
    label_field: 'c',
    labels: '',
    data_hash: 'h',
    sample: '',
    ...more,
  }) as EstimateRow;
const N = 200;
/** This many of the first texts correct. */
const right = (many: number): Uint32Array =>
  correctOf({
    kind: 'single',
    truth: new Int32Array(N),
    predicted: Int32Array.from({ length: N }, (_, i) => Number(i >= many)),
    classes: 2,
  });
const textByText: Compare = (all) => ({
  test: 'mcnemar',
  against: (best) =>
    mcnemarAgainst(
      all.map(([one]) => right((Number(one!.micro_f1) / 100) * N)),
      best,
    ),
});
const unknown: Compare = () => 'no predictions';
const lines = (list: ReturnType<typeof rankedResults>[number]): unknown =>
  list.lines.map(({ encoder, rank, tied, place }) => [encoder, rank, tied, place]);

test('ranked: text by text where the texts are known: the best place of each, ties share the first', () => {
  const rows = [
    row('a', 80),
    row('a', 85, { pooling: 'cls' }),
    row('b', 84),
    row('c', 60),
    row('concat-all', 99),
    row('d', 99, { protocol: 'complete' }),
    row('e', 99, { objective: 'cea' }),
  ];
  const [list, ...more] = rankedResults(rows, textByText);
  assert.deepEqual(more, []);
  assert.equal(list!.test, 'mcnemar');
  assert.deepEqual(lines(list!), [
    ['a', 1, true, 'cls'],
    ['b', 1, true, 'mean'],
    ['c', 3, false, 'mean'],
  ]);
  // 50 texts that only the first has correct, none the other way; the lower p of two tests: 2 · 2 · 2^-50.
  assert.ok(Math.abs(list!.lines[2]!.p! / (2 * 2 ** -49) - 1) < 1e-9);
});

test('ranked: from intervals where they are not; other data are another list', () => {
  const lists = rankedResults(
    [
      row('a', 85),
      row('b', 84),
      row('c', 60),
      row('a', 50, { data_hash: 'other' }),
      row('b', 51, { data_hash: 'other' }),
      row('z', 1, { dataset: 'alone' }),
    ],
    unknown,
  );
  assert.deepEqual(
    lists.map(({ test: how }) => how),
    ['unpaired', 'unpaired', 'none'],
  );
  assert.deepEqual(lines(lists[0]!), [
    ['a', 1, true, 'mean'],
    ['b', 1, true, 'mean'],
    ['c', 3, false, 'mean'],
  ]);
  assert.deepEqual(lines(lists[1]!), [
    ['b', 1, true, 'mean'],
    ['a', 1, true, 'mean'],
  ]);
});

const trained = (encoder: string, score: number, more: Partial<Row>): Row =>
  row(encoder, score, { protocol: 'fit-train', split: 'test', objective: 'cea', seed: '1', ...more });

test('ranked: fine-tuned encoders with the frozen ones of the same split; dev chooses how each is scored, seeds are a mean', () => {
  const rows = [
    ...[
      ['1', 88],
      ['2', 90],
      ['3', 92],
    ].map(([seed, score]) => trained('a', Number(score), { seed: String(seed) })),
    trained('b', 80, { pooling: 'cls' }),
    trained('b', 70, {}),
    trained('b', 60, { pooling: 'cls', split: 'dev' }),
    trained('b', 75, { split: 'dev' }),
    trained('b', 86, { objective: 'classic', protocol: 'head' }),
    row('a', 50, { protocol: 'fit-train', split: 'test' }),
    row('a', 55),
    row('a', 99, { protocol: 'fit-train', split: 'train' }),
  ];
  const [list, frozen, ...more] = rankedResults(rows, unknown);
  assert.deepEqual(more, []);
  assert.deepEqual([list!.by, list!.split, list!.test], ['fine-tuned', 'test', 'none']);
  assert.deepEqual(
    list!.lines.map(({ encoder, objective, place, score, deviation, seeds }) => [encoder, objective, place, score, deviation, seeds]),
    [
      ['a', 'cea', 'mean, k-NN', '90.00', '2.00', 3],
      ['b', 'classic', 'mean, head', '86.00', '', 1],
      ['b', 'cea', 'mean, k-NN', '70.00', '', 1],
      ['a', '', 'mean, k-NN', '50.00', '', 1],
    ],
  );
  assert.deepEqual([frozen!.by, frozen!.protocol, frozen!.lines.length], ['results', 'leave-one-out', 1]);
});

test('ranked: frozen encoders without leave-one-out are compared on test, and on what there is', () => {
  const [test_, complete] = rankedResults(
    [
      ...['dev', 'test', 'train'].map((split) => row('a', 50, { protocol: 'fit-train', split })),
      row('b', 90, { protocol: 'complete', dataset: 'e' }),
    ],
    unknown,
  );
  assert.deepEqual([test_!.protocol, test_!.split, complete!.protocol], ['fit-train', 'test', 'complete']);
});

test('ranked: estimates by estimator; layers of a sample are no places, scores without intervals have no ties', () => {
  const [list] = rankedEstimates([estimate('a', '-0.5'), estimate('b', '-0.25'), estimate('a', '9', { layers: '3' })]);
  assert.deepEqual([list!.test, list!.percent], ['none', false]);
  assert.deepEqual(lines(list!), [
    ['b', 1, false, 'mean'],
    ['a', 2, false, 'mean'],
  ]);
});

const searched = (encoder: string, score: number, more: Partial<Row>): Row =>
  row(encoder, score, { k: '5', metric: 'euclidean', votes: 'uniform', index: 'exact', dtype: 'fp32', max_length: '128', ...more });

test('ranked: each way to search is a list, what encoders differ by is in their places, of the same encoder in its name; what is the same everywhere is not said', () => {
  const rows = ['a', 'b'].flatMap((encoder, at) => [
    searched(encoder, 80 + at, {}),
    searched(encoder, 90 - at, { k: '3' }),
    searched(encoder, 70 + at, { metric: 'cosine' }),
    searched(encoder, 60 + at, { votes: 'distance' }),
  ]);
  const found = rankedResults([...rows, searched('b', 95, { dtype: 'q4' })], unknown);
  assert.deepEqual(
    found.map(({ about, lines: [first, second] }) => [about, first!.encoder, first!.variant, first!.score, second!.variant]),
    [
      ['c, k 5, euclidean, votes uniform', 'b', 'q4', '95.00', 'fp32'],
      ['c, k 3, euclidean, votes uniform', 'a', '', '90.00', ''],
      ['c, k 5, cosine, votes uniform', 'b', '', '71.00', ''],
      ['c, k 5, euclidean, votes distance', 'b', '', '61.00', ''],
    ],
  );
  assert.deepEqual(
    found[0]!.lines.map(({ encoder, place, score }) => [encoder, place, score]),
    [
      ['b', 'mean', '95.00'],
      ['b', 'mean', '81.00'],
      ['a', 'mean, fp32', '80.00'],
    ],
  );
});

test('ranked: of equally good poolings the first in the file, whatever was scored first', () => {
  for (const poolings of [
    ['mean', 'max'],
    ['max', 'mean'],
  ]) {
    const [list] = rankedResults(
      poolings.map((pooling) => row('a', 80, { pooling })),
      unknown,
    );
    assert.equal(list!.lines[0]!.place, 'max');
  }
});

test('ranked: an estimator of another k or seed is another list', () => {
  const rows = ['3', '5'].flatMap((k) =>
    ['a', 'b'].map((encoder) => estimate(encoder, encoder === 'a' ? k : '4', { estimator: 'knn', k, low: '1', high: '9' })),
  );
  const probes = ['1', '2'].flatMap((seed) =>
    ['a', 'b'].map((encoder) =>
      estimate(encoder, encoder === 'a' ? '60' : '50', { estimator: 'linear-probe', seed, max_length: encoder === 'a' ? '128' : '256' }),
    ),
  );
  const found = rankedEstimates([...rows, ...probes]);
  assert.deepEqual(
    found.map(({ by, about, lines: [first] }) => [by, about, first!.encoder, first!.score]),
    [
      ['knn', 'c, k 3', 'b', '4'],
      ['knn', 'c, k 5', 'a', '5'],
      ['linear-probe', 'c, seed 1', 'a', '60'],
      ['linear-probe', 'c, seed 2', 'a', '60'],
    ],
  );
  assert.deepEqual(
    found[2]!.lines.map(({ place }) => place),
    ['mean, max length 128', 'mean, max length 256'],
  );
});

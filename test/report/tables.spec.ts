import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cell } from '../../src/report/pivot.ts';
import { makeTables, type Table } from '../../src/report/tables.ts';
import type { Failure, Row } from '../../src/results/row.ts';
import { scored, shuffled } from '../results/rows.ts';
import { FAILURES, PUBLISHED, ROWS, TITLES } from './toy.ts';

/** A table as lines of text. */
function sketch(table: Table): string[] {
  return [
    `${table.name} / ${table.protocol} / ${table.split}: ${table.columns.join(', ')}`,
    ...table.rows.map(({ label, cells }) => `${label}: ${cells.map(word).join(', ')}`),
  ];
}

function word(cell: Cell): string {
  if (cell.kind === 'score') return `${cell.text}${cell.best ? '*' : ''}${cell.published === undefined ? '' : ` (${cell.published})`}`;
  return cell.kind === 'failed' ? `failed ${cell.reason}` : 'empty';
}

function fit(dataset: string, split: string): Row {
  return scored('a', dataset, '1.00', { protocol: 'fit-train', split });
}

function fail(encoder: string, dataset: string): Failure {
  return { encoder, dataset, reason: 'Out of memory.' };
}

function sketches(rows: readonly Row[]): string[][] {
  return makeTables({ rows }).tables.map(sketch);
}

test('tables: one for each pooling and protocol; registry order, concatenation last, best, dashes, published', () => {
  const set = makeTables({ rows: ROWS, failures: FAILURES, titles: TITLES, published: PUBLISHED });
  assert.deepEqual(set.tables.map(sketch), [
    [
      'cls / leave-one-out / all: TREC-6, ATIS',
      'ELECTRA small: 70.00, 9.00',
      'BigBird: failed 1, failed 1',
      'BERT_base | cased: 80.50*, failed 2',
    ],
    [
      'cls / complete / all: TREC-6, ATIS',
      'ELECTRA small: 76.06 (76.06), 90.00*',
      'BigBird: failed 1, failed 1',
      'BERT_base | cased: 87.28* (87.30), failed 2',
      'concat all models: 85.90 (85.99), 90.00*',
    ],
    ['layermean / leave-one-out / all: TREC-6', 'ELECTRA small: 81.00', 'BigBird: failed 1'],
  ]);
  assert.deepEqual(set.settings, ['k = 5', 'Euclidean distance', 'uniform votes']);
  assert.deepEqual(set.reasons, [
    'BigBird on TREC-6 and ATIS: No ONNX file on the hub.',
    'BERT_base | cased on ATIS: The graph needs <4 GB>.',
  ]);
});

test('tables: the same for rows and failures in any order', () => {
  const set = makeTables({ rows: ROWS, failures: FAILURES, titles: TITLES, published: PUBLISHED });
  assert.deepEqual(makeTables({ rows: shuffled(ROWS), failures: FAILURES.toReversed(), titles: TITLES, published: PUBLISHED }), set);
});

test('tables: layers one by one stand in one table, in the order of their numbers', () => {
  const rows = ['10', '9', 'last', '2'].map((layers) => scored('bert', 'toy', `${50 + layers.length}.00`, { layers, pooling: 'cls' }));
  assert.deepEqual(sketches(rows), [
    ['cls / leave-one-out / all: toy', 'bert: 54.00'],
    ['cls by layer / leave-one-out / all: toy', 'bert (layer 2): 51.00', 'bert (layer 9): 51.00', 'bert (layer 10): 52.00*'],
  ]);
});

test('tables: encoders of different depth share the table of layer means; the other convention has its own', () => {
  const rows = [
    scored('deep', 'toy', '60.00', { pooling: 'layermean', layers: '0..12' }),
    scored('flat', 'toy', '50.00', { pooling: 'layermean', layers: '0..6' }),
    scored('flat', 'toy', '40.00', { pooling: 'layermean', layers: '1..6' }),
  ];
  assert.deepEqual(sketches(rows), [
    ['layermean / leave-one-out / all: toy', 'deep: 60.00*', 'flat: 50.00'],
    ['layermean (layers 1..L) / leave-one-out / all: toy', 'flat: 40.00'],
  ]);
});

test('tables: k, metric and votes stand in the name only where they differ', () => {
  const rows = [
    scored('a', 'toy', '1.00', { k: '10' }),
    scored('a', 'toy', '2.00', { k: '5' }),
    scored('a', 'toy', '3.00', { metric: 'cosine' }),
  ];
  const set = makeTables({ rows });
  assert.deepEqual(
    set.tables.map((table) => table.name),
    ['mean, k = 5, Euclidean distance', 'mean, k = 5, cosine distance', 'mean, k = 10, Euclidean distance'],
  );
  assert.deepEqual(set.settings, ['uniform votes']);
});

test('tables: splits in the order train, dev, test; a dataset without a dev set has no dev column', () => {
  const failures = [{ encoder: 'b', dataset: 'two', reason: 'No.' }];
  const tables = makeTables({
    rows: [fit('one', 'test'), fit('one', 'dev'), fit('one', 'train'), fit('two', 'test'), fit('two', 'train')],
    failures,
  }).tables;
  assert.deepEqual(tables.map(sketch), [
    ['mean / fit-train / train: one, two', 'a: 1.00, 1.00', 'b: empty, failed 1'],
    ['mean / fit-train / dev: one', 'a: 1.00'],
    ['mean / fit-train / test: one, two', 'a: 1.00, 1.00', 'b: empty, failed 1'],
  ]);
});

test('tables: variants of one encoder or dataset are set apart, and only what differs is named', () => {
  const rows = [
    scored('a', 'toy', '1.00', { dtype: 'fp32', max_length: '512' }),
    scored('a', 'toy', '2.00', { dtype: 'q4', max_length: '512' }),
    scored('b', 'toy', '3.00', { max_length: '256' }),
    scored('b', 'toy', '4.00', { max_length: '256', sample: '10 of 20' }),
    scored('concat-all', 'toy', '5.00', { concat_norm: 'raw' }),
    scored('concat-all', 'toy', '6.00', { concat_norm: 'zscore' }),
  ];
  assert.deepEqual(sketches(rows), [
    [
      'mean / leave-one-out / all: toy, toy (10 of 20)',
      'a (fp32): 1.00, empty',
      'a (q4): 2.00, empty',
      'b: 3.00, 4.00',
      'concat all models (raw): 5.00, empty',
      'concat all models (zscore): 6.00*, empty',
    ],
  ]);
});

test('tables: another index for another dataset makes no second line, two indexes for one cell do', () => {
  const [exact, hnsw] = [scored('a', 'one', '1.00'), scored('a', 'two', '2.00', { index: 'hnsw' })];
  assert.deepEqual(sketches([exact, hnsw]), [['mean / leave-one-out / all: one, two', 'a: 1.00, 2.00']]);
  assert.deepEqual(sketches([exact, hnsw, scored('a', 'two', '3.00')]), [
    ['mean / leave-one-out / all: one, two', 'a (exact): 1.00, 3.00*', 'a (hnsw): empty, 2.00'],
  ]);
});

test('tables: a label other than the class is named, an encoder cut after a layer follows the whole one', () => {
  const titles = {
    encoders: new Map([
      ['b', 'Bert'],
      ['a', 'Albert'],
    ]),
    datasets: new Map(),
  };
  const rows = [
    scored('a', 'toy', '1.00', { label_field: 'publisher' }),
    scored('b', 'toy', '2.00', { label_field: 'publisher' }),
    scored('b@3', 'toy', '3.00', { label_field: 'publisher' }),
  ];
  assert.deepEqual(makeTables({ rows, titles }).tables.map(sketch), [
    ['mean / leave-one-out / all: toy (publisher)', 'Bert: 2.00', 'Bert@3: 3.00*', 'Albert: 1.00'],
  ]);
});

test('tables: a failure of one pooling is no failure of another; a dataset that failed everywhere has a column', () => {
  const rows = [scored('a', 'toy', '1.00', { pooling: 'cls' }), scored('a', 'toy', '2.00', { pooling: 'mean' })];
  const failures = [
    { encoder: 'b', dataset: 'toy', pooling: 'mean', reason: 'No mask.' },
    { encoder: 'a', dataset: 'lost', reason: 'Not found.' },
  ];
  const set = makeTables({ rows, failures });
  assert.deepEqual(set.tables.map(sketch), [
    ['cls / leave-one-out / all: lost, toy', 'a: failed 1, 1.00'],
    ['mean / leave-one-out / all: lost, toy', 'a: failed 1, 2.00', 'b: empty, failed 2'],
  ]);
  assert.deepEqual(set.reasons, ['a on lost: Not found.', 'b on toy (mean): No mask.']);
});

test('tables: equal reasons share a number, and say who failed on what', () => {
  const { reasons } = makeTables({ rows: [], failures: [fail('a', 'x'), fail('b', 'x'), fail('c', 'x'), fail('c', 'y'), fail('a', 'x')] });
  assert.deepEqual(reasons, ['a and b on x; c on x and y: Out of memory.']);
});

test('tables: other scores, without the published micro-F1', () => {
  const rows = [scored('electra-small', 'trec6', '76.06', { pooling: 'cls', protocol: 'complete', macro_f1: '70.00' })];
  assert.deepEqual(makeTables({ rows, score: 'macro_f1', published: PUBLISHED }).tables.map(sketch), [
    ['cls / complete / all: trec6', 'electra-small: 70.00'],
  ]);
});

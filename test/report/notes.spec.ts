import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeNotes } from '../../src/report/notes.ts';
import { scored, shuffled } from '../results/rows.ts';
import { TITLES } from './toy.ts';

const ROWS = [
  scored('electra-small', 'trec6', '1.00', { n: '5952', texts_cut: '3', max_length: '128', pooling: 'cls' }),
  scored('electra-small', 'trec6', '1.00', { n: '5952', texts_cut: '3', max_length: '128' }),
  scored('electra-small', 'trec6', '1.00', { n: '500', split: 'test', protocol: 'fit-train', max_length: '128' }),
  scored('bigbird@3', 'atis', '1.00', {
    n: '100',
    sample: 'stratified 100 of 4978, seed 1',
    dtype: 'q4',
    layers: '0..3',
    pooling: 'layermean',
  }),
  scored('bigbird', 'atis', '1.00', { n: '100', sample: 'stratified 100 of 4978, seed 1', dtype: 'q4', index: 'hnsw', recall: '0.991' }),
  scored('electra-small', 'atis', '1.00', {
    n: '100',
    sample: 'stratified 100 of 4978, seed 1',
    index: 'hnsw',
    recall: '0.98',
    layers: '1..12',
    pooling: 'layermean',
  }),
  scored('electra-small', 'go', '1.00', { n: '10', labels: 'first' }),
  scored('concat-all', 'go', '1.00', { n: '10', members: 'electra-small+bigbird', dtype: '' }),
];

test('notes: what a reader has to know, from the rows alone', () => {
  assert.deepEqual(makeNotes({ rows: ROWS, titles: TITLES }), [
    'Texts scored: TREC-6 5952 and 500 test; ATIS 100; go 10.',
    'Samples: ATIS stratified 100 of 4978, seed 1.',
    'Texts with several labels; labels scored: go first.',
    'Weight precision: fp32 for ELECTRA small; q4 for BigBird and BigBird@3.',
    'Truncated texts: 3 of TREC-6 by ELECTRA small (128 tokens).',
    'Means over layers 0..L include the embedding output.',
    'Means over layers 1..L exclude the embedding output.',
    'concat all models: the vectors of ELECTRA small and BigBird, concatenated.',
    '@N after a name: the encoder truncated after layer N.',
    'Approximate nearest neighbours (hnsw), recall against exact search on a sample: ATIS, recall 0.98 to 0.991.',
  ]);
});

test('notes: choices of attention, and tasks whose adapters are merged in', () => {
  const rows = [
    scored('long', 'atis', '1.00', { n: '100', attention: 'global:first' }),
    scored('jina', 'atis', '1.00', { n: '100', attention: 'task:separation' }),
    scored('jina', 'atis', '1.00', { n: '100', attention: 'task:classification' }),
  ];
  assert.deepEqual(makeNotes({ rows, titles: TITLES }).slice(-2), [
    'Attention: global:first for long.',
    'Task adapters merged in: classification for jina; separation for jina.',
  ]);
});

test('notes: what three datasets or more share is said once', () => {
  const rows = ['x', 'y', 'z'].map((dataset, at) =>
    scored('a', dataset, '1.00', { n: '1000', labels: 'first', sample: `stratified 1000 of ${at + 2}000, seed 1` }),
  );
  assert.deepEqual(makeNotes({ rows, titles: TITLES }), [
    'Texts scored: 1000 of each dataset.',
    'Samples (stratified 1000, seed 1): x of 2000; y of 3000; z of 4000.',
    'Texts with several labels; labels scored: first of each dataset.',
    'Weight precision: fp32.',
  ]);
  assert.deepEqual(makeNotes({ rows: rows.slice(1), titles: TITLES }).slice(0, 3), [
    'Texts scored: y 1000; z 1000.',
    'Samples: y stratified 1000 of 3000, seed 1; z stratified 1000 of 4000, seed 1.',
    'Texts with several labels; labels scored: y first; z first.',
  ]);
});

test('notes: a sample is said once where some of its rows limit the words that vote too', () => {
  const sample = 'random train 600 of 3394, seed 1';
  const rows = [
    scored('a', 'x', '1.00', { n: '10', sample: `${sample}; at most 20 words per tag, seed 1` }),
    scored('a', 'x', '1.00', { n: '10', objective: 'classic', sample }),
  ];
  const [note] = makeNotes({ rows, titles: TITLES }).filter((each) => each.startsWith('Samples'));
  assert.equal(note, `Samples: x ${sample}; at most 20 words per tag, seed 1.`);
});

test('notes: one dataset that differs, and each is named; nothing of labels where texts have one', () => {
  const rows = [
    scored('a', 'w', '1.00', { n: '1000', sample: 'stratified 1000 of 2000, seed 1' }),
    scored('a', 'x', '1.00', { n: '1000', sample: 'stratified 1000 of 3000, seed 1' }),
    scored('a', 'y', '1.00', { n: '500', sample: 'stratified 500 of 3000, seed 1' }),
    scored('b', 'y', '1.00', { n: '500', sample: 'stratified 500 of 3000, seed 1' }),
  ];
  assert.deepEqual(makeNotes({ rows, titles: TITLES }).slice(0, 3), [
    'Texts scored: w 1000; x 1000; y 500.',
    'Samples: w stratified 1000 of 2000, seed 1; x stratified 1000 of 3000, seed 1; y stratified 500 of 3000, seed 1.',
    'Weight precision: fp32.',
  ]);
  const labelled = [
    ...rows,
    scored('a', 'y', '1.00', { n: '500', labels: 'all' }),
    scored('a', 'y', '1.00', { n: '500', labels: 'first' }),
  ];
  assert.equal(makeNotes({ rows: labelled, titles: TITLES })[2], 'Texts with several labels; labels scored: y all and first.');
});

test('notes: of tags words are scored, and sentences are cut', () => {
  const tags = scored('a', 'wnut', '1.00', { n: '150', task: 'token-classification', texts_cut: '3', max_length: '14' });
  const texts = scored('a', 'trec6', '1.00', { n: '500', split: 'test', texts_cut: '1', max_length: '14' });
  assert.deepEqual(makeNotes({ rows: [tags, texts], titles: TITLES }), [
    'Texts scored: TREC-6 500 test.',
    'Words scored: wnut 150.',
    'Weight precision: fp32.',
    'Truncated texts: 1 of TREC-6 by a (14 tokens).',
    'Truncated sentences: 3 of wnut by a (14 tokens).',
  ]);
});

test('notes: the same for rows in any order, none for no rows', () => {
  assert.deepEqual(makeNotes({ rows: shuffled(ROWS), titles: TITLES }), makeNotes({ rows: ROWS, titles: TITLES }));
  assert.deepEqual(makeNotes({ rows: [], titles: TITLES }), []);
});

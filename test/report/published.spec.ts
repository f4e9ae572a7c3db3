import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/home.ts';
import { parsePublished, readPublished } from '../../src/report/published.ts';
import type { Row } from '../../src/results/row.ts';
import { row } from '../results/rows.ts';
import { shared, unlessShared } from '../shared.ts';
import { trained } from './trained.ts';

const MEMBERS = 'all-MiniLM-L12-v2;electra-small;electra-base;bert-base-cased;roberta-base';
const SEED_CELL = {
  encoder: 'electra-base',
  dataset: 'trec6',
  pooling: 'layermean',
  layers: '0..L',
  protocol: 'complete',
  split: 'all',
} as const;

test('published: names are mapped to ours', async () => {
  const published = await readPublished();
  const cases: readonly [values: Partial<Row>, score: string][] = [
    [SEED_CELL, '87.15'],
    [{ ...SEED_CELL, layers: '0..12' }, '87.15'],
    [{ ...SEED_CELL, encoder: 'all-MiniLM-L12-v2', dataset: 'sst-granular', pooling: 'mean', layers: 'last' }, '57.71'],
    [{ ...SEED_CELL, encoder: 'roberta-base', dataset: 'go-emotions', pooling: 'mean', layers: 'last' }, '48.60'],
    [
      {
        ...SEED_CELL,
        encoder: 'concat-all',
        dataset: 'communicative-functions',
        pooling: 'cls',
        layers: 'last',
        concat_norm: 'raw',
        members: MEMBERS,
      },
      '72.36',
    ],
    [{ ...SEED_CELL, encoder: 'electra-base', dataset: 'sst-binary', pooling: 'cls-layermean' }, '87.24'],
    [
      {
        encoder: 'bigbird-roberta-large',
        dataset: 'political-bias',
        label_field: 'bias',
        pooling: 'cls',
        protocol: 'fit-train',
        split: 'test',
      },
      '67.67',
    ],
    [
      {
        encoder: 'longformer-base-4096',
        dataset: 'political-bias',
        label_field: 'bias',
        pooling: 'cls',
        protocol: 'fit-train',
        split: 'dev',
      },
      '88.02',
    ],
  ];
  for (const [values, score] of cases) assert.equal(published(row(values)), score, JSON.stringify(values));
});

test('published: only the published setting is compared', async () => {
  const published = await readPublished();
  const others: readonly Partial<Row>[] = [
    { k: '1' },
    { metric: 'cosine' },
    { votes: 'distance' },
    { protocol: 'leave-one-out' },
    { layers: '1..L' },
    { layers: '3' },
    { sample: '1 of 2' },
    { concat_norm: 'l2' },
    { label_field: 'publisher' },
    { labels: 'all' },
    { encoder: 'electra-base@3' },
    { dataset: 'communicative-functions-691' },
    { pooling: 'max' },
  ];
  for (const values of others) assert.equal(published(row({ ...SEED_CELL, ...values })), undefined, JSON.stringify(values));
});

test('published: fine-tuned scores are found by what was trained, each with how it is scored', async () => {
  const published = await readPublished();
  const cases: readonly [values: Partial<Row>, score: string | undefined][] = [
    [{ objective: 'classic', encoder: 'roberta-base' }, '97.40'],
    [{ objective: 'classic', encoder: 'all-MiniLM-L12-v2', dataset: 'sst-binary' }, '92.00'],
    [{ objective: 'cea-mixed-memory', encoder: 'bert-base-cased', dataset: 'trec50' }, '90.80'],
    [{ objective: 'cea-datapoint-memory' }, '96.40'],
    [{ objective: 'cea-all-negatives', dataset: 'trec50' }, '86.00'],
    [{ objective: 'cea-memory-all-negatives', dataset: 'trec50' }, '88.20'],
    [{ objective: 'classic', encoder: 'longformer-base-4096', dataset: 'political-bias', label_field: 'bias', split: 'dev' }, '98.02'],
    [{ objective: 'cea-all-negatives', dataset: 'political-bias', label_field: 'bias' }, '67.20'],
    [{ objective: 'cea-memory', dataset: 'political-bias', label_field: 'bias', split: 'dev' }, '97.50'],
    // Published twice with different values: the first table with the result.
    [{ objective: 'cea', dataset: 'trec50' }, '83.00'],
    [{ objective: 'cea-memory', dataset: 'trec50' }, '81.40'],
    [{ objective: 'classic', dataset: 'political-bias', label_field: 'bias', split: 'dev' }, '97.50'],
    // Nothing was published of these.
    [{ objective: 'supcon' }, undefined],
    [{ objective: 'cea', split: 'dev' }, undefined],
    [{ objective: 'cea', protocol: 'head' }, undefined],
    [{ objective: 'classic', protocol: 'fit-train' }, undefined],
    [{ objective: 'cea', k: '1' }, undefined],
    [{ objective: 'cea', sample: '1 of 2' }, undefined],
    [{ objective: 'cea', sample: 'dev 545 of train, seed 1' }, '96.20'],
    [{ objective: 'cea', sample: 'dev 545 of train, duplicates together, seed 1' }, '96.20'],
    [{ objective: '', protocol: 'complete', split: 'all', sample: 'dev 545 of train, seed 1' }, undefined],
    [{ objective: '' }, undefined],
  ];
  for (const [values, score] of cases)
    assert.equal(published(trained('electra-small', 'trec6', '1.00', values)), score, JSON.stringify(values));
});

test('published: a setting that is no objective is no score of ours', () => {
  const published = parsePublished({
    text: 'encoder,pooling,protocol,metric,dataset,score,setting\nelectra-small,cls,test,micro-F1,TREC6,50,CEA unheard of\nelectra-small,cls,test,micro-F1,TREC6,60,"2e-5, 32"\n',
    file: 'p.csv',
  });
  assert.equal(published(trained('electra-small', 'trec6', '1.00', { objective: 'classic' })), '60.00');
});

test('published: a concatenation is compared if its encoders are those of the CEA tables, in any order', async () => {
  const published = await readPublished();
  const cell = { ...SEED_CELL, encoder: 'concat-all', pooling: 'cls', layers: 'last', concat_norm: 'raw' } as const;
  assert.equal(published(row({ ...cell, members: MEMBERS.split(';').toReversed().join(';') })), '85.99');
  for (const members of [
    'electra-small;electra-base',
    `${MEMBERS};longformer-base-4096`,
    MEMBERS.replace('electra-base', 'electra-base@3'),
  ]) {
    assert.equal(published(row({ ...cell, members })), undefined, members);
  }
});

test('published: the file in the project has every published number', { skip: unlessShared('seed/published.csv') }, async () => {
  const [ours, theirs] = await Promise.all([
    readFile(path.join(packageRoot(), 'results', 'published.csv')),
    readFile(shared('seed/published.csv')),
  ]);
  assert.deepEqual(ours, theirs);
});

test('published: a broken file is one line', async () => {
  assert.throws(() => parsePublished({ text: 'encoder,score\n', file: 'p.csv' }), {
    message: 'p.csv:1: Column pooling, protocol, metric, dataset is missing.',
  });
  assert.throws(
    () => parsePublished({ text: 'encoder,pooling,protocol,metric,dataset,score\na,cls,complete,micro-F1,TREC6,high\n', file: 'p.csv' }),
    {
      message: 'p.csv:2: Score "high" is not a number.',
    },
  );
  await assert.rejects(readPublished('/nowhere/p.csv'), { message: /^\/nowhere\/p\.csv: Published scores cannot be read \(ENOENT.*\)\.$/ });
});

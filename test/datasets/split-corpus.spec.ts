import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinLabels, splitCorpus } from '../../src/datasets/split-corpus.ts';
import type { Corpus } from '../../src/datasets/corpus.ts';
import type { Split } from '../../src/datasets/dataset.ts';
import { rejectsWith } from './support.ts';

const SETTINGS = { columns: { text: 'text', label: undefined }, take: 'first', share: 0.25, seed: 1 } as const;

/** Eight rows of train in two classes under `bias`, two rows of another split. */
function corpus(labelField = 'bias', last: Split = 'test'): Corpus {
  const rows = Array.from({ length: 10 }, (_, i) => ({
    text: `t${i}`,
    labels: [labelField === 'bias' ? ['l', 'r'][i % 2]! : `p${i % 3}`],
    split: i < 8 ? 'train' : last,
  }));
  return { task: 'classification', key: 'toy', labelFields: ['bias', 'publisher'], labelField, examples: rows as Corpus['examples'] };
}

test('split: tables of text and every label field; the test set is left as it is', async () => {
  const { train, dev, test: held } = await splitCorpus({ ...SETTINGS, read: async (field) => corpus(field) });
  assert.deepEqual(train!.header, ['text', 'bias', 'publisher']);
  assert.deepEqual(
    dev!.rows.toSorted((a, b) => (a.text < b.text ? -1 : 1)),
    [
      { text: 't0', labels: [['l'], ['p0']] },
      { text: 't1', labels: [['r'], ['p1']] },
    ],
  );
  assert.deepEqual(train!.rows.map(({ text }) => text).toSorted(), ['t2', 't3', 't4', 't5', 't6', 't7']);
  assert.deepEqual(
    held!.rows.map(({ text }) => text),
    ['t8', 't9'],
  );
});

test('split: a dataset with a dev set is left alone', () =>
  rejectsWith(
    splitCorpus({ ...SETTINGS, read: async (field) => corpus(field, 'dev') }),
    'DATA',
    'toy: It already has a dev split of 2 rows. Only datasets without one are split.',
  ));

test('split: a dataset without a train set is told', () =>
  rejectsWith(
    splitCorpus({
      ...SETTINGS,
      read: async (field) => ({
        ...corpus(field),
        examples: corpus(field).examples.map((example) => ({ ...example, split: 'test' as const })),
      }),
    }),
    'DATA',
    'toy: It has no train split to divide. Use a dataset that has one.',
  ));

test('split: a share that leaves nothing is refused', () =>
  rejectsWith(
    splitCorpus({ ...SETTINGS, share: 0.01, read: async (field) => corpus(field) }),
    'DATA',
    'toy: A share of 0.01 of its 8 train rows leaves the dev split empty. Change `share`.',
  ));

test('split: labels of a cell are joined, unless one has the separator in it', () => {
  assert.equal(joinLabels(['a', 'b']), 'a|b');
  assert.equal(joinLabels(['a|b']), 'a|b');
  assert.throws(() => joinLabels(['a|b'], true), { message: 'Label "a|b" contains "|", which separates labels. Rename the label.' });
  assert.throws(() => joinLabels(['a|b', 'c']), { message: 'Label "a|b" contains "|", which separates labels. Rename the label.' });
});

/** t0 to t3, twice each: of one class each under bias, but the publishers of t3 differ. */
const twice = (field = 'bias'): Corpus => ({
  ...corpus(field),
  examples: Array.from({ length: 8 }, (_, i) => ({
    text: `${i < 4 ? '' : ' '}t${i % 4}`,
    labels: [field === 'bias' ? 'lr'[i % 2]! : `p${i === 7 ? 9 : i % 4}`],
    split: 'train' as const,
  })),
});

test('split: copies of a text are on one side, or but one is left where they have the same labels in every field', async () => {
  const notes: string[] = [];
  const { train, dev } = await splitCorpus({ ...SETTINGS, read: async (field) => twice(field), note: (line) => notes.push(line) });
  assert.deepEqual(dev!.rows.map(({ text }) => text.trim()).toSorted(), ['t0', 't0', 't1', 't1'].slice(0, dev!.rows.length));
  const inTrain = new Set(train!.rows.map(({ text }) => text.trim()));
  assert.ok(dev!.rows.every(({ text }) => !inTrain.has(text.trim())));
  const single = await splitCorpus({
    ...SETTINGS,
    share: 0.4,
    deduplicate: true,
    read: async (field) => twice(field),
    note: (line) => notes.push(line),
  });
  assert.deepEqual([...single.train!.rows, ...single.dev!.rows].map(({ text, labels }) => `${text.trim()} ${labels.join()}`).toSorted(), [
    't0 l,p0',
    't1 r,p1',
    't2 l,p2',
    't3 r,p3',
    't3 r,p9',
  ]);
  assert.deepEqual(
    notes.filter((line) => line.startsWith('`deduplicate`')),
    ['`deduplicate` removed 3 of 8 texts (3 of train).'],
  );
});

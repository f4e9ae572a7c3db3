import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Example, Split } from '../../src/datasets/dataset.ts';
import { checkLimit, limitedCounts, limitedRows, limitFrom } from '../../src/datasets/limit.ts';

const examples: Example[] = (['train', 'dev', 'test'] as const).flatMap((split, s) =>
  Array.from({ length: [60, 20, 40][s]! }, (_, i) => ({ text: `${split} ${i}`, labels: [i % 4 === 0 ? 'rare' : 'usual'], split })),
);
const splitsOf = (rows: readonly number[]) =>
  (['train', 'dev', 'test'] as const).map((split: Split) => rows.filter((row) => examples[row]!.split === split).length);

test('limit: a number is of the whole dataset, and nothing is said where it does not bite', () => {
  const { rows, sample } = limitedRows(examples, { limit: 12, seed: 1, task: 'classification' });
  assert.equal(rows.length, 12);
  assert.equal(rows.filter((row) => examples[row]!.labels[0] === 'rare').length, 3);
  assert.equal(sample, 'stratified 12 of 120, seed 1');
  assert.deepEqual(limitedRows(examples, { limit: 120, seed: 1, task: 'classification' }), { rows: [...examples.keys()], sample: '' });
  assert.deepEqual(limitedRows(examples, { limit: undefined, seed: 1, task: 'classification' }), {
    rows: [...examples.keys()],
    sample: '',
  });
});

test('limit: of a split, the others stay whole; 0 leaves none', () => {
  const { rows, sample } = limitedRows(examples, { limit: { train: 8, dev: 0 }, seed: 1, task: 'classification' });
  assert.deepEqual(splitsOf(rows), [8, 0, 40]);
  assert.deepEqual(
    rows,
    rows.toSorted((a, b) => a - b),
  );
  assert.equal(rows.filter((row) => row < 60 && examples[row]!.labels[0] === 'rare').length, 2);
  assert.equal(sample, 'stratified train 8 of 60, dev 0 of 20, seed 1');
  assert.deepEqual(limitedRows(examples, { limit: { train: 60 }, seed: 1, task: 'classification' }).sample, '');
});

test('limit: the texts of train are the same whatever the other splits keep', () => {
  assert.deepEqual(
    limitedRows(examples, { limit: { train: 8 }, seed: 3, task: 'classification' }).rows.filter((row) => row < 60),
    limitedRows(examples, { limit: { train: 8, dev: 0, test: 0 }, seed: 3, task: 'classification' }).rows,
  );
});

test('limit: what a registry entry says of its rows, under a limit', () => {
  const counts = { train: 60, test: 40 };
  assert.deepEqual(limitedCounts(counts, undefined), { train: 60, dev: 0, test: 40, all: 100 });
  assert.deepEqual(limitedCounts(counts, 50), { train: 50, dev: 0, test: 40, all: 50 });
  assert.deepEqual(limitedCounts(counts, { train: 8, test: 0 }), { train: 8, dev: 0, test: 0, all: 8 });
});

test('limit: what is said of a sample draws it again', () => {
  for (const limit of [9, { train: 8 }, { train: 8, dev: 0, test: 3 }]) {
    const { rows, sample } = limitedRows(examples, { limit: limit, seed: 3, task: 'classification' });
    const said = limitFrom(`${sample}; dev 2 of train, seed 5`);
    assert.deepEqual(limitedRows(examples, { ...said!, task: 'classification' }), { rows, sample });
  }
  assert.deepEqual([limitFrom(''), limitFrom('dev 54 of train, seed 1')], [undefined, undefined]);
});

test('limit: of a split that the dataset does not have is refused; to have none of it is not', () => {
  const train = examples.filter(({ split }) => split === 'train');
  for (const limit of [undefined, 5, { train: 5 }, { train: 5, dev: 0, test: 0 }]) checkLimit(train, limit, 'mine');
  assert.throws(() => checkLimit(train, { train: 5, test: 5 }, 'mine'), {
    message: '`limit`: "test=5" limits a split that mine does not have. Splits: train. Omit it.',
  });
  assert.throws(
    () =>
      checkLimit(
        examples.filter(({ split }) => split !== 'dev'),
        { dev: 1 },
        'mine',
      ),
    { message: '`limit`: "dev=1" limits a split that mine does not have. Splits: train, test. Omit it.' },
  );
});

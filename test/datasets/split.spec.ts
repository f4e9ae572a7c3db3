import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutDev } from '../../src/datasets/split.ts';

const classes = Array.from({ length: 100 }, (_, i) => (i % 5 === 0 ? 'rare' : 'common')); // 20 and 80
const sorted = (rows: readonly number[]) => rows.toSorted((a, b) => a - b);

test('cut: the first tenth of each class is dev', () => {
  const { train, dev } = cutDev({ classes, take: 'first', share: 0.1, seed: 1 });
  assert.deepEqual(sorted(dev), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(
    sorted([...train, ...dev]),
    classes.map((_, i) => i),
  );
});

test('cut: the last tenth of each class is dev', () => {
  const { dev } = cutDev({ classes, take: 'last', share: 0.1, seed: 1 });
  assert.deepEqual(sorted(dev), [90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
});

const cut = (seed: number) => cutDev({ classes, take: 'first', share: 0.1, seed });

test('cut: both parts are shuffled, by the seed alone', () => {
  assert.deepEqual(cut(1), cut(1));
  assert.notDeepEqual(cut(1).train, cut(2).train);
  assert.notDeepEqual(cut(1).dev, sorted(cut(1).dev));
  assert.deepEqual(sorted(cut(1).dev), sorted(cut(2).dev));
});

const devRows = (rows: number) =>
  cutDev({ classes: Array.from({ length: rows }, () => 'a'), take: 'first', share: 0.1, seed: 1 }).dev.length;

test('cut: a share of a class is rounded', () => {
  assert.deepEqual([4, 5, 14, 15].map(devRows), [0, 1, 1, 2]);
});

test('cut: refuses a share that is none', () => {
  assert.throws(() => cutDev({ classes, take: 'first', share: 1, seed: 1 }), {
    message: '`share`: It takes a number above 0 and below 1, got 1.',
  });
  assert.throws(() => cutDev({ classes, take: 'first', share: Number.NaN, seed: 1 }), {
    message: '`share`: It takes a number above 0 and below 1, got NaN.',
  });
});

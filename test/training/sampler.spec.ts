import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchesOf } from '../../src/training/sampler.ts';

const sorted = (rows: readonly number[]) => rows.toSorted((a, b) => a - b);
const plain = { labels: new Int32Array(100), batchSize: 4, seed: 1, epoch: 1, balanced: false };
const range = (n: number) => [...Array(n).keys()];
const sizes = (count: number, batchSize: number) => batchesOf({ ...plain, rows: range(count), batchSize }).map(({ length }) => length);

test('sampler: an epoch has every train row once, in batches of the size asked for', () => {
  const rows = [3, 7, 9, 20, 21, 22, 50, 51, 52, 53];
  const batches = batchesOf({ ...plain, rows });
  assert.deepEqual(
    batches.map(({ length }) => length),
    [4, 4, 2],
  );
  assert.deepEqual(sorted(batches.flat()), rows);
});

test('sampler: a last batch of one row is joined to the one before, unless batches are of one row', () => {
  assert.deepEqual(sizes(9, 4), [4, 5]);
  assert.deepEqual(sizes(1, 4), [1]);
  assert.deepEqual(sizes(3, 1), [1, 1, 1]);
});

for (const balanced of [false, true]) {
  test(`sampler: seed and epoch decide the ${balanced ? 'balanced ' : ''}batches`, () => {
    const given = { rows: range(40), labels: Int32Array.from(range(40), (i) => i % 5), batchSize: 8, balanced };
    assert.deepEqual(batchesOf({ ...given, seed: 1, epoch: 2 }), batchesOf({ ...given, seed: 1, epoch: 2 }));
    assert.notDeepEqual(batchesOf({ ...given, seed: 1, epoch: 2 }), batchesOf({ ...given, seed: 2, epoch: 2 }));
    assert.notDeepEqual(batchesOf({ ...given, seed: 1, epoch: 2 }), batchesOf({ ...given, seed: 1, epoch: 1 }));
  });
}

/** Sizes of classes, from balanced ones to a class larger than all others together. */
const SKEWS: readonly (readonly number[])[] = [
  [10, 10, 10],
  [1, 2, 3, 4, 5, 6, 7, 8],
  [200, 30, 4, 3, 2, 2, 1],
  [300, 2],
  [5, 1, 1, 1, 1],
  [1, 1],
  [2, 2],
  [97],
];

for (const counts of SKEWS) {
  test(`sampler: balanced batches of classes of ${counts.join(', ')} texts`, () => {
    const labels = Int32Array.from(counts.flatMap((count, own) => Array<number>(count).fill(own)));
    for (const batchSize of [4, 5, 8, 32]) {
      for (let seed = 0; seed < 20; seed++) {
        const batches = batchesOf({ rows: range(labels.length), labels, batchSize, seed, epoch: 1, balanced: true });
        const times = new Int32Array(labels.length);
        for (const batch of batches) {
          for (const row of batch) times[row]!++;
          assert.ok(batch.length <= batchSize);
          assert.equal(new Set(batch).size, batch.length);
          const classes = new Set(batch.map((row) => labels[row]!));
          if (counts.length > 1) assert.ok(classes.size >= 2);
          for (const own of classes) assert.ok(counts[own] === 1 || batch.filter((row) => labels[row] === own).length >= 2);
        }
        assert.ok(times.every((count) => count >= 1));
        // A class is filled up by less than a group. With a class of more than half of all texts, the others are repeated.
        if (2 * Math.max(...counts) <= labels.length)
          assert.ok(
            counts.every((count, own) => times.reduce((sum, each, row) => sum + (labels[row] === own ? each : 0), 0) < 2 * count + 4),
            String(times),
          );
      }
    }
  });
}

test('sampler: says what it cannot do', () => {
  assert.throws(() => batchesOf({ ...plain, rows: range(9), batchSize: 3, balanced: true }), {
    code: 'OPTION',
    message: '`batchSize`: A balanced batch needs two texts of two classes each; 3 is too small. Give 4 or more, or omit `balanced`.',
  });
  assert.throws(() => batchesOf({ ...plain, rows: range(9), batchSize: 0 }), {
    code: 'OPTION',
    message: '`batchSize`: 0 is not a whole number of at least 1.',
  });
  assert.throws(() => batchesOf({ ...plain, rows: [] }), { code: 'DATA', message: 'No texts to train on.' });
});

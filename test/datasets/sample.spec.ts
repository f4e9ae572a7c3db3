import assert from 'node:assert/strict';
import { test } from 'node:test';
import { largestRemainder, nestedOrder, stratifiedSample } from '../../src/datasets/sample.ts';

const classes = [
  ...Array.from({ length: 60 }, () => 'a'),
  ...Array.from({ length: 30 }, () => 'b'),
  ...Array.from({ length: 9 }, () => 'c'),
  'd',
];
const countsOf = (rows: readonly number[]) => ['a', 'b', 'c', 'd'].map((name) => rows.filter((row) => classes[row] === name).length);

test('largest remainder: shares follow the counts and add up', () => {
  assert.deepEqual(largestRemainder([60, 30, 10], 10), [6, 3, 1]);
  assert.deepEqual(largestRemainder([5, 3, 2], 7), [4, 2, 1]); // quotas 3.5, 2.1, 1.4
  assert.deepEqual(largestRemainder([1, 1, 1], 2), [1, 1, 0]);
});

test('largest remainder: one of each where that is possible, at the expense of the largest surplus', () => {
  assert.deepEqual(largestRemainder([97, 1, 1, 1], 4), [1, 1, 1, 1]);
  assert.deepEqual(largestRemainder([97, 1, 1, 1], 10), [7, 1, 1, 1]);
  assert.deepEqual(largestRemainder([97, 1, 1, 1], 3), [3, 0, 0, 0]);
});

test('sample: shares of the classes, rows in the order of the file, none twice', () => {
  const rows = stratifiedSample({ classes, size: 20, seed: 1 });
  assert.deepEqual(countsOf(rows), [12, 6, 1, 1]);
  assert.deepEqual(
    rows,
    [...new Set(rows)].toSorted((a, b) => a - b),
  );
});

test('sample: the seed decides the rows', () => {
  assert.deepEqual(stratifiedSample({ classes, size: 6, seed: 1 }), stratifiedSample({ classes, size: 6, seed: 1 }));
  assert.notDeepEqual(stratifiedSample({ classes, size: 6, seed: 1 }), stratifiedSample({ classes, size: 6, seed: 2 }));
  assert.deepEqual(stratifiedSample({ classes, size: 6, seed: 1 }), PINNED);
});

/** Fixed here so that another version of the generator cannot change samples unnoticed. */
const PINNED = [6, 15, 35, 87, 93, 99];

test('sample: every row of a class is as likely', () => {
  const hits = Array.from({ length: 60 }, () => 0);
  for (let seed = 0; seed < 2000; seed++) for (const row of stratifiedSample({ classes, size: 20, seed })) if (row < 60) hits[row]!++;
  const mean = (2000 * 12) / 60;
  assert.ok(
    hits.every((count) => Math.abs(count - mean) < 6 * Math.sqrt(mean)),
    hits.join(),
  );
});

test('sample: no fewer rows than asked for means all', () => {
  assert.equal(stratifiedSample({ classes, size: 100, seed: 1 }).length, 100);
  assert.equal(stratifiedSample({ classes, size: 1000, seed: 1 }).length, 100);
});

test('sample: refuses a size that is none', () => {
  assert.throws(() => stratifiedSample({ classes, size: 0, seed: 1 }), {
    message: '`limit`: It takes a whole number of at least 1, got 0.',
  });
});

test('nested order: every beginning has its share of each class, to a row and a bit', () => {
  const order = nestedOrder({ classes, seed: 1 });
  assert.deepEqual(
    order.toSorted((a, b) => a - b),
    classes.map((_, i) => i),
  );
  for (let size = 1; size <= 100; size++) {
    const counts = countsOf(order.slice(0, size));
    for (const [c, share] of [60, 30, 9, 1].entries())
      assert.ok(Math.abs(counts[c]! - (share * size) / 100) < 2, `${size}: ${counts.join()}`);
  }
  assert.deepEqual(nestedOrder({ classes, seed: 1 }), order);
  assert.notDeepEqual(nestedOrder({ classes, seed: 2 }), order);
});

test('nested order: every row is as likely, whatever its class', () => {
  const hits = classes.map(() => 0);
  for (let seed = 0; seed < 2000; seed++) for (const row of nestedOrder({ classes, seed }).slice(0, 20)) hits[row]!++;
  assert.ok(
    hits.every((count) => Math.abs(count - 400) < 6 * Math.sqrt(400)),
    hits.join(),
  );
});

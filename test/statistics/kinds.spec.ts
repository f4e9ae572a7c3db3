import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindsOf } from '../../src/statistics/kinds.ts';

const sets = (...all: number[][]) => all.map((set) => Int32Array.from(set));

test('kinds: texts that are the same in all columns are one, in the order of the first of each', () => {
  const { of, examples } = kindsOf([Int32Array.of(3, 0, 3, 0, 3), Int32Array.of(0, 3, 0, 0, 3)]);
  assert.deepEqual(
    [[...of], [...examples]],
    [
      [0, 1, 0, 2, 3],
      [0, 1, 3, 4],
    ],
  );
});

test('kinds: sets of labels are the same where all their labels are', () => {
  const { of, examples } = kindsOf([sets([1, 2], [12], [], [1, 2], [1]), sets([0], [0], [0], [0], [0])]);
  assert.deepEqual(
    [[...of], [...examples]],
    [
      [0, 1, 2, 0, 3],
      [0, 1, 2, 4],
    ],
  );
});

test('kinds: of no text, none', () => {
  const { of, examples } = kindsOf([new Int32Array()]);
  assert.deepEqual([of.length, examples.length], [0, 0]);
});

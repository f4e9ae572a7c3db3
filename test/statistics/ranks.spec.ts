import assert from 'node:assert/strict';
import { test } from 'node:test';
import { averageRanks, placesOf, rankPlaces } from '../../src/statistics/ranks.ts';

test('ranks: equal numbers have the mean of their ranks', () => {
  assert.deepEqual([...averageRanks([3, 1, 2, 1, 3, 3])], [5, 1.5, 3, 1.5, 5, 5]);
  assert.deepEqual([...averageRanks([0, -0, -1])], [2.5, 2.5, 1]);
  assert.deepEqual([...averageRanks([7, 7, 7])], [2, 2, 2]);
  assert.deepEqual([...averageRanks([])], []);
  assert.deepEqual([...averageRanks([Infinity, -Infinity, 0])], [3, 1, 2]);
});

test('ranks: where a number is none, no rank is one', () => assert.deepEqual([...averageRanks([1, NaN, 2])], [NaN, NaN, NaN]));

test('ranks: places are those of the distinct values, ascending', () =>
  assert.deepEqual(placesOf([0.3, -1, 0.3, 8]), { of: Int32Array.of(1, 0, 1, 2), distinct: 3 }));

test('ranks: of a resample as if its numbers were written out', () => {
  const values = [0.3, -1, 0.3, 8, 5];
  const drawn = [0, 0, 2, 3, 4, 4, 4];
  const { of, distinct } = placesOf(values);
  const counts = new Int32Array(distinct);
  for (const i of drawn) counts[of[i]!]!++;
  const ranks = new Float64Array(distinct);
  rankPlaces(counts, ranks);
  assert.deepEqual(
    drawn.map((i) => ranks[of[i]!]),
    [...averageRanks(drawn.map((i) => values[i]!))],
  );
});

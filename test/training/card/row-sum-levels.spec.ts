import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowSumPlan } from '../../../src/training/card/row-sum-levels.ts';

/** Sums by a plan of values of one number each. */
function sums(ids: readonly number[], values: readonly number[], options: { ignoreRow?: number } = {}): Map<number, number> {
  const plan = rowSumPlan(ids, options);
  let now: readonly number[] = values;
  for (const { rows, most, index, share } of plan.levels) {
    now = Array.from({ length: rows }, (_, row) => {
      let sum = 0;
      for (let i = row * most; i < (row + 1) * most; i++) sum += now[index[i]!]! * share[i]!;
      return sum;
    });
  }
  return new Map(plan.ids.map((id, i) => [id, now[i]!]));
}

test('row sums: rows of one id are summed, in the order of first occurrence', () => {
  assert.deepEqual(
    [...sums([7, 3, 7, 7, 5], [1, 2, 4, 8, 16])],
    [
      [7, 13],
      [3, 2],
      [5, 16],
    ],
  );
});

test('row sums: as many levels as the most frequent row needs, and one where each is there once', () => {
  const [often, values] = [Array.from({ length: 1000 }, (_, i) => (i % 3 === 0 ? i : 1)), Array.from({ length: 1000 }, (_, i) => i)];
  const expected = new Map<number, number>();
  for (const [i, id] of often.entries()) expected.set(id, (expected.get(id) ?? 0) + values[i]!);
  assert.deepEqual(sums(often, values), expected);
  assert.equal(rowSumPlan(often).levels.length, 4); // 666 rows, 8 at a time
  assert.deepEqual(
    rowSumPlan([4, 2]).levels.map(({ rows, most }) => [rows, most]),
    [[2, 1]],
  );
});

test('row sums: an ignored row has none, and nothing is left of nothing', () => {
  assert.deepEqual([...sums([0, 2, 0], [1, 2, 4], { ignoreRow: 0 })], [[2, 2]]);
  assert.deepEqual(rowSumPlan([0n, 0n], { ignoreRow: 0 }), { ids: [], levels: [] });
});

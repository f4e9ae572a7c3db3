import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupEqualRows } from '../../src/knn/equal-rows.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { rowSource } from '../../src/numeric/rows.ts';
import { integers } from './brute.ts';

test('equal rows: groups in the order of their first rows, rows ascending', () => {
  const m = matrix(6, 2, Float32Array.of(1, 2, 3, 4, 1, 2, 2, 1, 3, 4, 1, 2));
  assert.deepEqual(groupEqualRows(rowSource(m), Int32Array.of(0, 1, 2, 3, 4, 5)), {
    count: 3,
    first: Int32Array.of(0, 1, 3),
    offsets: Int32Array.of(0, 3, 5, 6),
    rows: Int32Array.of(0, 2, 5, 1, 4, 3),
  });
  assert.deepEqual(groupEqualRows(rowSource(m), Int32Array.of(1, 5)), {
    count: 2,
    first: Int32Array.of(1, 5),
    offsets: Int32Array.of(0, 1, 2),
    rows: Int32Array.of(1, 5),
  });
});

test('equal rows: as many groups as there are different rows', () => {
  const m = integers(5000, 3, { seed: 1, most: 3 });
  const different = new Set(
    Array.from({ length: 5000 }, (_, i) =>
      Array.from(m.data.subarray(i * 3, i * 3 + 3), (value) => (Object.is(value, -0) ? '-0' : String(value))).join(),
    ),
  );
  assert.equal(
    groupEqualRows(
      rowSource(m),
      Int32Array.from({ length: 5000 }, (_, i) => i),
    ).count,
    different.size,
  );
});

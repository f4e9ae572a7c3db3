import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { concat, type ConcatParams } from '../../src/embed/concat.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { closeRows } from '../../src/numeric/rows.ts';
import { fileOf } from '../knn/row-files.ts';
import { numbersOf } from '../rows.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'concat-'));
const members = () => [matrix(3, 2, Float32Array.of(3, 4, 0, 0, 1, 0)), matrix(3, 1, Float32Array.of(1, 2, 6))];

/** Numbers of a concatenation: in memory, then in a file from members in files; both must be the same. */
async function joined(params: Pick<ConcatParams, 'norm' | 'fitOn'>): Promise<number[]> {
  const shape = { rows: 3, widths: [2, 1] };
  const held = await concat({ ...params, ...shape, load: (i) => Promise.resolve(members()[i]!), place: { folder } });
  const file = await concat({ ...params, ...shape, load: (i) => fileOf(members()[i]!), place: { folder, heldBytes: 35 } });
  assert.ok('data' in held && 'descriptor' in file);
  assert.deepEqual(numbersOf(file), numbersOf(held));
  closeRows(file);
  assert.deepEqual(readdirSync(folder), []);
  return numbersOf(held);
}

test('concat: raw vectors are concatenated', async () => {
  assert.deepEqual(await joined({ norm: 'raw' }), [3, 4, 1, 0, 0, 2, 1, 0, 6]);
});

test('concat: l2 gives each member unit length, a zero vector stays zero', async () => {
  assert.deepEqual(await joined({ norm: 'l2' }), [0.6, 0.8, 1, 0, 0, 1, 1, 0, 1].map(Math.fround));
});

test('concat: zscore as StandardScaler, by the rows that are fitted', async () => {
  // scikit-learn: StandardScaler().fit([[1], [2]]).transform([[1], [2], [6]])
  const fitted = await joined({ norm: 'zscore', fitOn: (row) => row < 2 });
  assert.deepEqual(
    fitted.filter((_, i) => i % 3 === 2),
    [-1, 1, 9],
  );
  const all = (await joined({ norm: 'zscore' })).filter((_, i) => i % 3 === 2);
  for (const [i, value] of [-0.9258201, -0.46291005, 1.38873015].entries()) assert.ok(Math.abs(all[i]! - value) < 1e-6);
});

test('concat: a feature that never changes is zero, not a division by zero', async () => {
  const constant = matrix(2, 1, Float32Array.of(5, 5));
  const joinedRows = await concat({ norm: 'zscore', rows: 2, widths: [1], load: () => Promise.resolve(constant), place: { folder } });
  assert.deepEqual(numbersOf(joinedRows), [0, 0]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '../../src/embed/concat.ts';
import { matrix } from '../../src/numeric/matrix.ts';

const members = () => [matrix(3, 2, Float32Array.of(3, 4, 0, 0, 1, 0)), matrix(3, 1, Float32Array.of(1, 2, 6))];
const joined = (norm: 'raw' | 'l2' | 'zscore', fitOn?: (row: number) => boolean) =>
  concat({ norm, fitOn, rows: 3, widths: [2, 1], load: (i) => Promise.resolve(members()[i]!) });

test('concat: raw vectors stand side by side', async () => {
  assert.deepEqual((await joined('raw')).data, Float32Array.of(3, 4, 1, 0, 0, 2, 1, 0, 6));
});

test('concat: l2 gives each member unit length, a zero vector stays zero', async () => {
  assert.deepEqual((await joined('l2')).data, Float32Array.of(0.6, 0.8, 1, 0, 0, 1, 1, 0, 1));
});

test('concat: zscore as StandardScaler, by the rows that are fitted', async () => {
  // scikit-learn: StandardScaler().fit([[1], [2]]).transform([[1], [2], [6]])
  assert.deepEqual([...(await joined('zscore', (row) => row < 2)).data].filter((_, i) => i % 3 === 2), [-1, 1, 9]);
  const all = [...(await joined('zscore')).data].filter((_, i) => i % 3 === 2);
  for (const [i, value] of [-0.9258201, -0.46291005, 1.38873015].entries()) assert.ok(Math.abs(all[i]! - value) < 1e-6);
});

test('concat: a feature that never changes is zero, not a division by zero', async () => {
  const m = await concat({ norm: 'zscore', rows: 2, widths: [1], load: () => Promise.resolve(matrix(2, 1, Float32Array.of(5, 5))) });
  assert.deepEqual(m.data, Float32Array.of(0, 0));
});

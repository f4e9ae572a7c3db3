import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cosineDistance, dot, euclidean } from '../../src/numeric/distance.ts';
import { matrix } from '../../src/numeric/matrix.ts';

test('distance: sums over every column, whatever their number', () => {
  for (let cols = 1; cols <= 9; cols++) {
    const m = matrix(
      2,
      cols,
      Float32Array.from({ length: 2 * cols }, (_, i) => i + 1),
    );
    const column = Array.from({ length: cols }, (_, j) => j + 1);
    assert.equal(
      dot(m.data, 0, m.data, cols, cols),
      column.reduce((sum, value) => sum + value * (value + cols), 0),
    );
    assert.equal(euclidean(m.data, 0, m.data, cols, cols), Math.sqrt(cols * cols * cols));
  }
});

test('cosine distance: 0 for equal rows, 1 for a zero row, 2 for opposite ones', () => {
  assert.equal(cosineDistance(0.3, 0.3, 0.3), 0);
  assert.equal(cosineDistance(0, 0, 5), 1);
  assert.equal(cosineDistance(-6, 2, 18), 2);
  assert.equal(cosineDistance(0, 2, 18), 1);
});

test('cosine distance: equal ratios of whole numbers are equal', () => {
  for (let scale = 1; scale < 200; scale++) assert.equal(cosineDistance(7 * scale, 11, 13 * scale * scale), cosineDistance(7, 11, 13));
});

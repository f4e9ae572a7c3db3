import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cholesky, invertLower, solveLower } from '../../src/numeric/cholesky.ts';

const d = 23;
const root = Float64Array.from({ length: d * d }, (_, i) => (Math.sin(i * 12.9898) * 43758.5453) % 1);
const a = new Float64Array(d * d);
for (let i = 0; i < d; i++)
  for (let j = 0; j < d; j++) for (let k = 0; k < d; k++) a[i * d + j]! += root[i * d + k]! * root[j * d + k]! + Number(i === j && k === 0);

function product(x: Float64Array, y: Float64Array, transposed: boolean): Float64Array {
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) for (let k = 0; k < d; k++) out[i * d + j]! += x[i * d + k]! * (transposed ? y[j * d + k]! : y[k * d + j]!);
  return out;
}

function near(found: Float64Array, expected: Float64Array): void {
  const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  assert.ok(worst < 1e-12, `worst difference ${worst}`);
}

test('cholesky: the factor rebuilds the matrix, its inverse undoes it', () => {
  const l = cholesky(a, d);
  near(product(l, l, true), a);
  const identity = Float64Array.from({ length: d * d }, (_, i) => Number(i % (d + 1) === 0));
  near(product(l, invertLower(l, d), false), identity);
  const columns = l.slice();
  solveLower({ l, d, columns, k: d });
  near(columns, identity);
});

test('cholesky: a matrix that is not positive definite is refused', () => {
  assert.throws(() => cholesky(Float64Array.of(1, 0, 2, 1), 2), { code: 'DATA' });
  assert.throws(() => cholesky(Float64Array.of(NaN), 1), { code: 'DATA' });
});

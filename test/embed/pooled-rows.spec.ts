import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINEAR_POOLINGS } from '../../src/embed/pool-weights.ts';
import { pooledRow, pooledRows } from '../../src/embed/pooled-rows.ts';
import type { PublishedModules } from '../../src/encoders/published/modules.ts';

test('pooled rows: those that vectors are made of, ascending, each once', () => {
  const each = LINEAR_POOLINGS.length;
  const mean = LINEAR_POOLINGS.indexOf('mean');
  const specs = [
    { token: 'mean', layers: [2], combine: 'one' },
    { token: 'cls', layers: [0, 2], combine: 'mean' },
    { token: 'mean', layers: [1, 2], combine: 'concat' },
  ] as const;
  assert.deepEqual(pooledRows(specs), { pooled: [0, each + mean, 2 * each, 2 * each + mean], max: [0] });
  assert.deepEqual(pooledRows([{ token: 'max', layers: [3, 1], combine: 'concat' }]), { pooled: [0], max: [1, 3] });
});

test('pooled rows: a mean divided by the square root of the number is made of the mean; the maximum has rows of its own', () => {
  assert.equal(pooledRow('mean-sqrt', 4), pooledRow('mean', 4));
  assert.equal(pooledRow('max', 4), 4);
  const published = { poolings: ['max', 'mean-sqrt'] } as unknown as PublishedModules;
  const spec = { token: 'mean', layers: [1], combine: 'one', published } as const;
  assert.deepEqual(pooledRows([spec]), { pooled: [pooledRow('mean', 1)], max: [1] });
});

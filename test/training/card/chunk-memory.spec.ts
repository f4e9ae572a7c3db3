import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chunkBytes, chunkRoom } from '../../../src/training/card/chunk-memory.ts';

const MIB = 2 ** 20;
const BASE = { layers: 12, width: 768, inner: 3072, heads: 12, weightBytes: 1_752_000_000 };

/** In GB. */
const room = (mib: number, resident = BASE.weightBytes) => (chunkRoom({ total: mib * MIB, resident }) / 1e9).toFixed(2);

test('chunk memory: of a base encoder, for texts of 512 tokens, 1.8 MB a token', () => {
  const bytes = chunkBytes(BASE, { batch: 8, tokens: 512, rows: 8 * 512 });
  assert.equal(bytes, 4 * (12 + 2) * (8 * 512 * (7680 + 6144) + 3 * 12 * 8 * 512 ** 2));
  assert.equal((bytes / (8 * 512) / 1e6).toFixed(1), '1.8');
});

test('chunk memory: what weights leave of four fifths, an eighth at least; a few MiB do not matter', () => {
  assert.deepEqual(
    [8188, 8192, 24_564, 24_576, 81_559].map((mib) => room(mib)),
    ['5.12', '5.12', '18.86', '18.86', '66.97'],
  );
  assert.equal(room(8192, 8e9), '1.07');
  assert.equal(room(100, 0), '0.08');
});

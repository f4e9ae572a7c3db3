import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { QUANTISED_BLOCK, quantiseBlocks } from '../../src/graph/quantise.ts';

test('8 bits: each block of a row has the scale that its largest weight asks for', () => {
  const columns = QUANTISED_BLOCK + 2;
  const weights = new Float32Array(2 * columns);
  weights.set([127, -63.5, 1], 0);
  weights[QUANTISED_BLOCK] = -2.54;
  weights[2 * columns - 1] = 1;
  const { bytes, scales } = quantiseBlocks(weights, { rows: 2, columns });
  assert.deepEqual([...scales], [1, Math.fround(2.54 / 127), 0, Math.fround(1 / 127)]);
  assert.deepEqual([...bytes.subarray(0, 4)], [255, 128 - 63, 129, 128]);
  assert.deepEqual([...bytes.subarray(QUANTISED_BLOCK, QUANTISED_BLOCK + 3)], [1, 128, 128]);
  assert.equal(bytes.length, 2 * 2 * QUANTISED_BLOCK);
  assert.ok(bytes.subarray(2 * QUANTISED_BLOCK, 3 * QUANTISED_BLOCK).every((byte) => byte === 128));
});

test('8 bits: no weight is off by more than half its scale', () => {
  const random = xoroshiro128plus(1);
  const [rows, columns] = [7, 100];
  const weights = Float32Array.from({ length: rows * columns }, () => (random.next() | 0) / 2 ** 31);
  const { bytes, scales } = quantiseBlocks(weights, { rows, columns });
  const blocks = Math.ceil(columns / QUANTISED_BLOCK);
  weights.forEach((weight, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const scale = scales[row * blocks + Math.floor(column / QUANTISED_BLOCK)]!;
    const back = (bytes[row * blocks * QUANTISED_BLOCK + column]! - 128) * scale;
    assert.ok(Math.abs(back - weight) <= scale * 0.5 * (1 + 1e-5), `${weight} comes back as ${back}`);
  });
});

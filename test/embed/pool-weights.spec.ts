import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillPoolWeights, LINEAR_POOLINGS, poolWeights, type WeightedPooling } from '../../src/embed/pool-weights.ts';

function weights(pooling: WeightedPooling, length: number, skip?: number, words?: number[]): number[] {
  const out = new Float32Array(length);
  fillPoolWeights(out, pooling, { skip, words: words && Int32Array.from(words) });
  return Array.from(out, (value) => Number(value.toFixed(6)));
}

const ROOT_OF_HALF = Number(Math.SQRT1_2.toFixed(6));

for (const [pooling, whole, behindTwo, none] of [
  ['cls', [1, 0, 0, 0], [0, 0, 1, 0], [1, 0]],
  ['last', [0, 0, 0, 1], [0, 0, 0, 1], [0, 0]],
  ['mean', [0.25, 0.25, 0.25, 0.25], [0, 0, 0.5, 0.5], [0, 0]],
  ['mean-sqrt', [0.5, 0.5, 0.5, 0.5], [0, 0, ROOT_OF_HALF, ROOT_OF_HALF], [0, 0]],
  ['weighted-mean', [0.1, 0.2, 0.3, 0.4], [0, 0, 0.428571, 0.571429], [0, 0]],
] as const) {
  test(`pool weights: ${pooling} of a whole text, behind a prompt of two tokens, and of a text that is a prompt alone`, () => {
    assert.deepEqual(weights(pooling, 4), whole);
    assert.deepEqual(weights(pooling, 4, 2), behindTwo);
    assert.deepEqual(weights(pooling, 2, 2), none);
    assert.deepEqual(weights(pooling, 2, 5), none);
  });
}

test('pool weights: words of a prompt that is left out are no words of the text', () => {
  assert.deepEqual(weights('word-mean', 5, 0, [1, 3]), [0, 0.5, 0, 0.5, 0]);
  assert.deepEqual(weights('word-mean', 5, 2, [1, 3]), [0, 0, 0, 1, 0]);
  assert.deepEqual(weights('word-mean', 5, 4, [1, 3]), [0, 0, 0, 0, 0]);
});

test('pool weights: of a batch, text by text and pooling by pooling', () => {
  const batch = poolWeights({ length: 3, count: 2, words: [Int32Array.of(1), Int32Array.of(2)], skip: 1 });
  assert.equal(batch.length, 2 * LINEAR_POOLINGS.length * 3);
  assert.deepEqual([...batch.subarray(0, 3)], [0, 1, 0]);
  assert.deepEqual([...batch.subarray(-3)], [0, 0, 1]);
});

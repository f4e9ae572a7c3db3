import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chunksOf, MOST_MASK_BYTES, type ChunkParams } from '../../src/training/chunks.ts';

/** Texts of each chunk. */
function parted(lengths: readonly number[], given: Partial<ChunkParams> = {}): number[][] {
  return chunksOf({ lengths, most: 100, longAbove: undefined, ragged: true, padded: false, maskBytes: () => 0, ...given }).map(
    ({ texts }) => [...texts],
  );
}

/** Masks of a base encoder's attention: 12 layers of 12 heads. */
const ATTENTION: ChunkParams['maskBytes'] = ({ batch, tokens }) => 12 * 12 * batch * tokens ** 2 * 4;

/** A card on which a text of 40 tokens runs alone. */
const suits: ChunkParams['suits'] = ({ batch, tokens, rows }) => rows + batch * tokens ** 2 <= 1000;

test('chunks: one, where everything fits; else texts of like lengths together', () => {
  assert.deepEqual(parted([40, 20, 40]), [[0, 1, 2]]);
  assert.deepEqual(parted([20, 90, 30, 40]), [[1], [0, 2, 3]]);
  assert.deepEqual(parted([120, 20]), [[0], [1]]);
});

test('chunks: padding counts where it costs what tokens do, and there alone', () => {
  assert.deepEqual(parted([60, 20, 20]), [[0, 1, 2]]);
  assert.deepEqual(parted([60, 20, 20], { padded: true }), [[0], [1, 2]]);
});

test('chunks: texts that attend in another way, and all where none may be padded, run with texts of their own length', () => {
  assert.deepEqual(parted([60, 50, 60, 20, 10], { most: 1000, longAbove: 40 }), [[0, 2], [1], [3, 4]]);
  assert.deepEqual(parted([20, 10, 20], { ragged: false }), [[0, 2], [1]]);
});

test('chunks: masks that grow with the square of the longest text part a batch whose tokens are few', () => {
  const lengths = [512, ...Array<number>(31).fill(16)];
  const most = 16_384;
  assert.equal(parted(lengths, { most }).length, 1);
  const chunks = parted(lengths, { most, maskBytes: ATTENTION });
  assert.deepEqual(
    chunks.map((texts) => texts.length),
    [14, 18],
  );
  assert.ok(chunks[0]!.includes(0));
  assert.ok(
    ATTENTION({ batch: 14, tokens: 512, rows: 720 }, false) <= MOST_MASK_BYTES &&
      ATTENTION({ batch: 15, tokens: 512, rows: 736 }, false) > MOST_MASK_BYTES,
  );
});

test('chunks: masks are asked for by the chunk that would be, and a text that has too many runs alone', () => {
  const asked: unknown[] = [];
  const maskBytes: ChunkParams['maskBytes'] = (sizes, long) => {
    asked.push([sizes, long]);
    return Infinity;
  };
  assert.deepEqual(parted([30, 20, 50, 50], { longAbove: 40, maskBytes }), [[2], [3], [0], [1]]);
  assert.deepEqual(asked, [
    [{ batch: 2, tokens: 50, rows: 100 }, true],
    [{ batch: 2, tokens: 30, rows: 50 }, false],
  ]);
});

test("chunks: fewer texts together where a card's memory holds no more, one at least", () => {
  assert.deepEqual(parted([10, 10, 10, 20, 20, 40]), [[0, 1, 3, 4, 5], [2]]);
  assert.deepEqual(parted([10, 10, 10, 20, 20, 40], { suits }), [[5], [3, 4], [0, 1, 2]]);
});

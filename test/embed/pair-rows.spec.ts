import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairCosines, pairMatrix, pairRows, textsOfPairs } from '../../src/embed/pair-rows.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { closeRows, rowSource } from '../../src/numeric/rows.ts';
import { temporaryFolder } from '../temporary.ts';

const both = () => matrix(4, 2, Float32Array.of(1, 2, 3, 4, -1, 2, 0, 0));

test('pairs: the vector of a pair, of those of its two texts', () => {
  assert.deepEqual(textsOfPairs({ texts: ['a', 'b'], seconds: ['c', 'd'] }), ['a', 'b', 'c', 'd']);
  assert.deepEqual([...pairMatrix(both(), 'neighbours').data], [2, 0, -1, 4, 3, 4, 0, 0]);
  assert.deepEqual([...pairMatrix(both(), 'fitted').data], [1, 2, -1, 2, 2, 0, -1, 4, 3, 4, 0, 0, 3, 4, 0, 0]);
  assert.deepEqual([...pairCosines(both())], [3 / 5, 0], 'of a vector of zeros none');
});

test('pairs: the same in a file, where they are too many', async () => {
  const folder = temporaryFolder();
  for (const heldBytes of [0, 1 << 20]) {
    const rows = await pairRows({ both: both(), use: 'fitted', place: { folder, heldBytes } });
    const source = rowSource(rows);
    const found = [0, 1].flatMap((i) => [...source.data.subarray(source.at(i), source.at(i) + 8)]);
    assert.deepEqual(found, [...pairMatrix(both(), 'fitted').data]);
    closeRows(rows);
  }
});

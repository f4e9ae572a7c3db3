import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachResample } from '../../src/statistics/each-resample.ts';
import { kindsOf } from '../../src/statistics/kinds.ts';

const kinds = kindsOf([Int32Array.of(4, 4, 2)]);

test('each resample: as many texts as there are, counted by kind', () => {
  const sums: number[] = [];
  const seen = new Set<string>();
  const count = eachResample({ kinds, resamples: 200, seed: 1 }, (counts) => {
    sums.push(counts[0]! + counts[1]!);
    seen.add(counts.join());
  });
  assert.deepEqual([count, sums], [200, Array.from({ length: 200 }, () => 3)]);
  assert.deepEqual([...seen].toSorted(), ['0,3', '1,2', '2,1', '3,0']);
});

test('each resample: the ones that are given, in their order', () => {
  const seen: [number, number[]][] = [];
  const count = eachResample({ kinds, resamples: 99, seed: 1, indices: Int32Array.of(0, 1, 2, 2, 2, 2) }, (counts, i) =>
    seen.push([i, [...counts]]),
  );
  assert.deepEqual(
    [count, seen],
    [
      2,
      [
        [0, [2, 1]],
        [1, [0, 3]],
      ],
    ],
  );
});

const resample = (indices: Int32Array) => eachResample({ kinds, resamples: 1, seed: 1, indices }, () => assert.fail('visited'));

test('each resample: refuses indices of other texts', () => {
  assert.throws(() => resample(Int32Array.of(0, 1)), { code: 'SHAPE', message: '2 indices are not resamples of 3 texts.' });
  assert.throws(() => resample(Int32Array.of()), { code: 'SHAPE', message: '0 indices are not resamples of 3 texts.' });
  assert.throws(() => resample(Int32Array.of(0, 1, 3)), { code: 'SHAPE', message: 'There is no text 3 among 3.' });
  assert.throws(() => resample(Int32Array.of(0, -1, 2)), { code: 'SHAPE', message: 'There is no text -1 among 3.' });
});

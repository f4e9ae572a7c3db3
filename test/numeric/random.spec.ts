import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../../src/numeric/random.ts';

test('sample: different numbers, ascending, the same for the same seed', () => {
  const drawn = sample({ n: 1000, size: 200, seed: 3 });
  assert.equal(new Set(drawn).size, 200);
  assert.deepEqual(drawn, drawn.toSorted());
  assert.deepEqual(drawn, sample({ n: 1000, size: 200, seed: 3 }));
  assert.notDeepEqual(drawn, sample({ n: 1000, size: 200, seed: 4 }));
  assert.deepEqual([...sample({ n: 4, size: 4, seed: 1 })], [0, 1, 2, 3]);
});

test('sample: every number is drawn about as often', () => {
  const counts = new Int32Array(10);
  for (let seed = 0; seed < 2000; seed++) for (const i of sample({ n: 10, size: 3, seed })) counts[i]!++;
  // 600 expected, standard deviation 20
  assert.ok(
    counts.every((count) => Math.abs(count - 600) < 100),
    counts.join(),
  );
});

test('sample: refuses more than there is', () =>
  assert.throws(() => sample({ n: 3, size: 4, seed: 1 }), { code: 'SHAPE', message: 'A sample of 4 cannot be drawn from 3.' }));

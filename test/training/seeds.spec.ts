import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawAt, uniform } from '../../src/training/seeds.ts';

test('seeds: every place of a run and every purpose draws numbers of its own, the same each time', () => {
  const places = [0, 1, 2].flatMap((seed) =>
    [1, 2, 3].flatMap((epoch) => [0, 1, 2].flatMap((step) => [1, 2].map((purpose) => ({ seed, epoch, step, purpose })))),
  );
  const first = places.map((place) => drawAt(place)(0, 2 ** 31));
  assert.deepEqual(
    places.map((place) => drawAt(place)(0, 2 ** 31)),
    first,
  );
  assert.equal(new Set(first).size, places.length);
});

test('seeds: uniform numbers lie in [0, 1) and have its mean', () => {
  const random = uniform(3);
  const numbers = Array.from({ length: 10_000 }, random);
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  // The mean of this many has a standard deviation of 0.003.
  assert.ok(Math.abs(numbers.reduce((sum, number) => sum + number) / numbers.length - 0.5) < 0.015);
});

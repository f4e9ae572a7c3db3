import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resampler } from '../../src/statistics/resample.ts';

const ROWS = 2 ** 16;
const WORD = 2n ** 32n - 1n;

const turned = (x: bigint, by: bigint) => ((x << by) | (x >> (32n - by))) & WORD;

/** xoshiro128** as in its authors' C, in arbitrary-precision integers. */
function* words(state: readonly [bigint, bigint, bigint, bigint]): Generator<bigint, never> {
  let [a, b, c, d] = state;
  for (;;) {
    yield (turned((b * 5n) & WORD, 7n) * 9n) & WORD;
    const shifted = (b << 9n) & WORD;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = turned(d, 11n);
  }
}

test("resample: the first numbers of xoshiro128** are those that its authors' C gives", () => {
  const first = words([1n, 2n, 3n, 4n]);
  assert.deepEqual(
    Array.from({ length: 4 }, () => first.next().value),
    [11520n, 0n, 5927040n, 70819200n],
  );
});

test('resample: a text is floor(u n / 2^32); a resample continues the stream', () => {
  const resampler = new Resampler(0);
  resampler.seed([1, 2, 3, 4]);
  const expected = words([1n, 2n, 3n, 4n]);
  const itself = Int32Array.from({ length: ROWS }, (_, text) => text);
  for (let resample = 0; resample < 2; resample++) {
    const counts = new Int32Array(ROWS);
    resampler.count(itself, counts);
    const by = new Int32Array(ROWS);
    for (let i = 0; i < ROWS; i++) by[Number((expected.next().value * BigInt(ROWS)) >> 32n)]!++;
    assert.deepEqual(counts, by);
  }
});

test('resample: drawn one by one they are the same', () => {
  const rows = new Int32Array(1000);
  new Resampler(5).draw(rows, 1000);
  const counts = new Int32Array(1000);
  new Resampler(5).count(
    Int32Array.from({ length: 1000 }, (_, text) => text),
    counts,
  );
  const by = new Int32Array(1000);
  for (const row of rows) by[row]!++;
  assert.deepEqual(counts, by);
});

test('resample: all texts about as often', () => {
  const counts = new Int32Array(10);
  new Resampler(3).count(
    Int32Array.from({ length: 100_000 }, (_, text) => text % 10),
    counts,
  );
  // Chi-square with 9 degrees of freedom: 27.9 is exceeded once in a thousand seeds.
  assert.ok(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0) < 27.9, counts.join(' '));
});

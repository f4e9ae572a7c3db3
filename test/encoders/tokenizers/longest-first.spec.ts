import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { longestFirst } from '../../../src/encoders/tokenizers/longest-first.ts';
import { pairOracle } from '../../pair-oracle.ts';
import { shared, unlessShared } from '../../shared.ts';

test('longest first: what stays of two texts is what the tokenizers library leaves, whatever their lengths and the room', () => {
  for (const [first, second, room, ...kept] of pairOracle().longest_first) {
    assert.deepEqual(longestFirst([first!, second!], room!), kept, `${first} and ${second} tokens, room for ${room}`);
  }
});

test('longest first: of equal texts the second gets the odd token, and without a limit all stay', () => {
  assert.deepEqual(longestFirst([9, 9], 5), [2, 3]);
  assert.deepEqual(longestFirst([10, 9], 5), [3, 2]);
  assert.deepEqual(longestFirst([1000, 2000], Infinity), [1000, 2000]);
});

interface SharedCase {
  readonly a: number;
  readonly b: number;
  readonly m: number;
  readonly kept: readonly [number, number];
}

test('longest first: the larger cases of the library', { skip: unlessShared('tasks', 'oracles', 'longest_first.json') }, () => {
  const { cases } = JSON.parse(readFileSync(shared('tasks', 'oracles', 'longest_first.json'), 'utf8')) as { cases: SharedCase[] };
  for (const { a, b, m, kept } of cases) assert.deepEqual(longestFirst([a, b], Math.max(0, m - 3)), kept, `${a} and ${b} of ${m}`);
});

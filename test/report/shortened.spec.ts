import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortened } from '../../src/report/shortened.ts';

test('shortened: in the middle, so that names that differ stay different', () => {
  assert.deepEqual(shortened(['all-MiniLM-L6-v2', 'all-MiniLM-L6-v2@3', 'bert'], 14), ['all-Min…-L6-v2', 'all-Min…6-v2@3', 'bert']);
  assert.deepEqual(shortened(['communicative-functions', 'communicative-functions-691'], 12), ['commun…tions', 'commun…s-691']);
});

test('shortened: more of one end where only it tells names apart', () => {
  const starts = ['abcdefgh1-the-same-end', 'abcdefgh2-the-same-end'];
  assert.deepEqual(shortened(starts, 12), ['abcdefgh1…nd', 'abcdefgh2…nd']);
  const ends = ['the-same-start-1abcdefgh', 'the-same-start-2abcdefgh'];
  assert.deepEqual(shortened(ends, 12), ['th…1abcdefgh', 'th…2abcdefgh']);
});

test('shortened: a name that fits is whole; no width gives more than it allows', () => {
  assert.deepEqual(shortened(['a-name'], 6), ['a-name']);
  for (const width of [2, 3, 8]) for (const name of shortened(['one-long-name', 'two-long-names'], width)) assert.equal(name.length, width);
});

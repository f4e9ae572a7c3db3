import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byCodePoint } from '../../src/datasets/code-points.ts';
import { trimAscii } from '../../src/datasets/trim.ts';

test('order: by code point, not by UTF-16 unit', () => {
  assert.deepEqual(['\u{1F600}', '\uFF01', 'b', 'a_', 'a', 'B', 'a b', '\u{1F600}a'].toSorted(byCodePoint), [
    'B',
    'a',
    'a b',
    'a_',
    'b',
    '\uFF01',
    '\u{1F600}',
    '\u{1F600}a',
  ]);
});

test('trim: ASCII white space at the ends goes, all other characters stay', () => {
  assert.equal(trimAscii(' \t\v\f\r\na b\n '), 'a b');
  assert.equal(trimAscii(' \t'), '');
  for (const kept of ['\u0085a\u0085', '\u00a0a\u00a0', '\ufeffa\u2028', '\u3000a\u001c']) assert.equal(trimAscii(kept), kept);
});

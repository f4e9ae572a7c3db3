import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddedTokenSplitter, type AddedToken } from '../../../src/encoders/tokenizers/added-tokens.ts';

function token(content: string, switches: Partial<AddedToken> = {}): AddedToken {
  return { id: 7, content, singleWord: false, lstrip: false, rstrip: false, normalized: false, special: false, ...switches };
}

function split(text: string, ...tokens: readonly AddedToken[]): string[] {
  return new AddedTokenSplitter(tokens.map((added) => [added.content, added]))
    .split(text)
    .map((part) => (typeof part === 'string' ? part : `<${part.content}>`));
}

test('added tokens: a text is split at the leftmost, and of those that begin together at the longest', () => {
  assert.deepEqual(split('a[X]b[XY]', token('[X]'), token('[XY]'), token('b[')), ['a', '<[X]>', '<b[>', 'XY]']);
  assert.deepEqual(split('[XY[XYZ', token('[X'), token('[XYZ')), ['<[X>', 'Y', '<[XYZ>']);
});

test('added tokens: a text without any is whole, and an empty one is nothing', () => {
  assert.deepEqual(split('ab [ ab', token('[X]')), ['ab [ ab']);
  assert.deepEqual(split('', token('[X]')), []);
  assert.deepEqual(split('ab'), ['ab']);
  assert.deepEqual(split('ab', token('')), ['ab']);
});

test('added tokens: white space goes along where a token strips it, whatever kind it is', () => {
  assert.deepEqual(split('a \u0085[X]\t b', token('[X]', { lstrip: true })), ['a', '<[X]>', '\t b']);
  assert.deepEqual(split('a [X]\t\u3000 b', token('[X]', { rstrip: true })), ['a ', '<[X]>', 'b']);
  assert.deepEqual(split('[X]  [X]', token('[X]', { lstrip: true, rstrip: true })), ['<[X]>', '<[X]>']);
});

test('added tokens: a single word is found only where no letter, digit or mark touches it', () => {
  const word = token('new', { singleWord: true });
  assert.deepEqual(split('new news renew (new) 1new new\u0301 \u{20000}new', word), [
    '<new>',
    ' news renew (',
    '<new>',
    ') 1new new\u0301 \u{20000}new',
  ]);
});

test('added tokens: of two that look the same the first counts', () => {
  const splitter = new AddedTokenSplitter([
    ['x', token('first')],
    ['x', token('second')],
  ]);
  assert.deepEqual(
    splitter.split('x').map((part) => (typeof part === 'string' ? part : part.content)),
    ['first'],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WordCache } from '../../../src/encoders/tokenizers/word-cache.ts';

function counting(): { cache: WordCache<string>; made: string[] } {
  const made: string[] = [];
  return { made, cache: new WordCache((word) => (made.push(word), word.toUpperCase())) };
}

test('word cache: a word is made once', () => {
  const { cache, made } = counting();
  const text = 'one two one antidisestablishmentarianism antidisestablishmentarianism';
  assert.deepEqual(
    text.split(' ').map((word) => cache.get(word)),
    text.toUpperCase().split(' '),
  );
  assert.deepEqual(made, ['one', 'two', 'antidisestablishmentarianism']);
});

test('word cache: very long words are not cached, and a full cache is cleared', () => {
  const { cache, made } = counting();
  const long = 'a'.repeat(65);
  cache.get(long);
  cache.get(long);
  assert.equal(made.length, 2);
  cache.get('first');
  for (let i = 0; i < 1 << 15; i++) cache.get(`w${i}`);
  made.length = 0;
  assert.equal(cache.get('first'), 'FIRST');
  assert.equal(cache.get(`w${(1 << 15) - 1}`), `W${(1 << 15) - 1}`);
  assert.deepEqual(made, ['first']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bounded, isQuick } from '../../../src/encoders/tokenizers/bounded-pattern.ts';

test('bounded pattern: what cannot take long is run as it is', () => {
  for (const source of [
    ' {2,}',
    '\\s+',
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
    "(?:'[sS]|'[tT])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}",
    '[+*(]+|\\)\\*|\\(+',
  ]) {
    assert.equal(isQuick(source), true, source);
    const pattern = new RegExp(source, 'gu');
    assert.equal(bounded(pattern), pattern);
  }
});

test('bounded pattern: what might take long is not', () => {
  for (const source of [
    '(?:a+)+b',
    '(a|a)*b',
    'a*a*b',
    '(?:a?){30}a{30}',
    'a?a?a?b',
    '(a)\\1+',
    '(?:a+|b)a+',
    '(?<n>a)\\k<n>',
    ' ?[^\\s\\p{L}]+[\\r\\n]*',
    '(?:\\d{3})*',
  ]) {
    assert.equal(isQuick(source), false, source);
  }
});

test('bounded pattern: finds and replaces what the expression itself does', () => {
  for (const source of ['\\p{N}{1,3}(?=(?:\\p{N}{3})*$)', ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*', '(?:ab|a)+']) {
    const plain = new RegExp(source, 'gu');
    const pattern = bounded(plain);
    assert.notEqual(pattern, plain);
    for (const text of ['', 'ab aab 1234567', '!!\n ?\r\nx']) {
      assert.deepEqual(
        [...text.matchAll(pattern)].map(({ 0: match, index }) => [match, index]),
        [...text.matchAll(plain)].map(({ 0: match, index }) => [match, index]),
      );
      assert.equal(
        text.replace(pattern, () => '·'),
        text.replace(plain, () => '·'),
      );
    }
  }
});

test('bounded pattern: an expression that would never end gives a one-line error', () => {
  const pattern = bounded(/(?:a+)+b/gu);
  const started = performance.now();
  for (const work of [() => [...'a'.repeat(60).matchAll(pattern)], () => 'a'.repeat(60).replace(pattern, () => '')]) {
    assert.throws(work, {
      code: 'TOKENIZER',
      message: `The tokenizer's pattern "(?:a+)+b" takes more than 5 seconds for one text. Download the tokenizer from its publisher.`,
    });
  }
  assert.ok(performance.now() - started < 30_000);
});

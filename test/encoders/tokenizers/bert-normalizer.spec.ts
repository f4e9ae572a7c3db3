import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bertNormalizer, lowerCase, type BertNormalizerOptions } from '../../../src/encoders/tokenizers/bert-normalizer.ts';

function normalize(text: string, options: Partial<BertNormalizerOptions> = {}): string {
  return bertNormalizer({ cleanText: true, handleChineseChars: true, stripAccents: null, lowercase: true, ...options })(text);
}

test('BERT normaliser: accents go with case, unless it is said otherwise', () => {
  assert.equal(normalize('Éa İ'), 'ea i');
  assert.equal(normalize('Éa', { stripAccents: false }), 'éa');
  assert.equal(normalize('Éa', { lowercase: false }), 'Éa');
  assert.equal(normalize('Éa', { lowercase: false, stripAccents: true }), 'Ea');
});

test('BERT normaliser: control characters, U+FFFD and what is invisible vanish, white space becomes a blank', () => {
  assert.equal(normalize('a\u0085b\u200Bc\uFEFFd\u00ADe\0f\uFFFDg\u007Fh'), 'abcdefgh');
  assert.equal(normalize('a\tb\nc\rd\u00A0e\u2028f\u3000g'), 'a b c d e f g');
  assert.equal(normalize('A\tB\u0085', { cleanText: false }), 'a\tb\u0085');
});

test('BERT normaliser: ideographs are separated, those beyond U+FFFF too, but not those that BERT forgot', () => {
  assert.equal(normalize('a我b\u{20000}\u{2B820}'), 'a 我 b \u{20000} \u{2B820}');
  assert.equal(normalize('a我', { handleChineseChars: false }), 'a我');
});

test("BERT normaliser: a sigma at a word's end is the same letter as elsewhere", () => {
  assert.equal(normalize('ΣΑΣ'), 'σασ');
  assert.equal(lowerCase('ΟΔΟΣ ẞ'), 'οδοσ ß');
});

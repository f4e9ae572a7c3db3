import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizerOf } from '../../../src/encoders/tokenizers/normalizers.ts';
import { charsmapBytes } from './charsmap-bytes.ts';

test('normalisers: one after the other, as the Sequence says', () => {
  const normalize = normalizerOf({
    type: 'Sequence',
    normalizers: [
      { type: 'Strip', strip_left: true, strip_right: true },
      { type: 'Precompiled', precompiled_charsmap: Buffer.from(charsmapBytes({ '\t': ' ' })).toString('base64') },
      { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' },
    ],
  });
  assert.equal(normalize('\u0085 a\t\tb c \n'), 'a▁b c');
  assert.equal(normalize(' \n '), '');
});

test('normalisers: what is set in for a pattern is taken literally', () => {
  assert.equal(normalizerOf({ type: 'Replace', pattern: { String: '.' }, content: '$&1' })('a.b'), 'a$&1b');
  assert.equal(normalizerOf({ type: 'Replace', pattern: { Regex: '\\s+' }, content: '_' })('a\u0085\ufeffb'), 'a_\ufeffb');
});

test('normalisers: white space is what Unicode calls so', () => {
  const normalize = normalizerOf({ type: 'Strip', strip_left: false, strip_right: true });
  assert.equal(normalize(' a\ufeff\u0085\u3000'), ' a\ufeff');
});

test('normalisers: the small ones', () => {
  assert.equal(normalizerOf(null)(' É '), ' É ');
  assert.equal(normalizerOf({ type: 'NFKD' })('ﬁé'), 'fie\u0301');
  assert.equal(normalizerOf({ type: 'StripAccents' })('e\u0301\u0903'), 'e');
  assert.equal(normalizerOf({ type: 'Lowercase' })('ΑΣ İ'), 'ασ i\u0307');
  assert.equal(normalizerOf({ type: 'Prepend', prepend: '▁' })('a'), '▁a');
  assert.equal(normalizerOf({ type: 'Prepend', prepend: '▁' })(''), '');
  assert.equal(normalizerOf({ type: 'Nmt' })('a\u0001\u0080\0\u200b\tb\u008f'), 'a\u0080\0  b');
  assert.equal(normalizerOf({ type: 'Precompiled', precompiled_charsmap: null })('ﬁ'), 'ﬁ');
});

test('normalisers: one that is not supported, or lacks what it needs, is refused', () => {
  assert.throws(() => normalizerOf({ type: 'Fancy' }), { message: 'normalizer "Fancy" is not supported' });
  assert.throws(() => normalizerOf({ type: 'constructor' }), { message: 'normalizer "constructor" is not supported' });
  assert.throws(() => normalizerOf({ type: 'Sequence' }), { message: 'normalizers is not a list' });
  assert.throws(() => normalizerOf({ type: 'Sequence', normalizers: [3] }), { message: 'normalizers[0] is not an object' });
  assert.throws(() => normalizerOf({ type: 'Replace', pattern: { String: '' }, content: '' }), {
    message: 'pattern has neither a Regex nor a String',
  });
  assert.throws(() => normalizerOf({ type: 'Replace', pattern: { Regex: '(' }, content: '' }), { name: 'SyntaxError' });
});

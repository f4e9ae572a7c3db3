import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelOf } from '../../../src/encoders/tokenizers/models.ts';
import type { JsonNode } from '../../../src/encoders/tokenizers/json-node.ts';

function vocab(...tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

const wordPiece: JsonNode = {
  type: 'WordPiece',
  unk_token: '[UNK]',
  continuing_subword_prefix: '##',
  max_input_chars_per_word: 6,
  vocab: vocab('[UNK]', 'a', 'ab', '##b', '##bc', '##c', '𝄞', '##𝄞'),
};

test('WordPiece: the longest token first, then the longest of what is left', () => {
  assert.deepEqual(modelOf(wordPiece).pieces('abbc'), { ids: [2, 4], tokens: ['ab', '##bc'] });
  assert.deepEqual(modelOf(wordPiece).pieces('a𝄞'), { ids: [1, 7], tokens: ['a', '##𝄞'] });
});

test('WordPiece: a word is unknown as a whole, and when it is longer than the limit in characters', () => {
  const unknown = { ids: [0], tokens: ['[UNK]'] };
  assert.deepEqual(modelOf(wordPiece).pieces('abx'), unknown);
  assert.deepEqual(modelOf(wordPiece).pieces('abccccc'), unknown);
  assert.deepEqual(modelOf(wordPiece).pieces('𝄞𝄞𝄞𝄞𝄞𝄞').ids, [6, 7, 7, 7, 7, 7]);
});

const bpe: JsonNode = {
  type: 'BPE',
  unk_token: null,
  vocab: vocab('h', 'u', 'g', 's', 'ug', 'hug', 'gs'),
  merges: ['u g', ['h', 'ug'], ['g', 's']],
};

test('BPE: pairs are merged in the order of the list, and what has no token is left out', () => {
  assert.deepEqual(modelOf(bpe).pieces('hugs'), { ids: [5, 3], tokens: ['hug', 's'] });
  assert.deepEqual(modelOf(bpe).pieces('xgs').ids, [6]);
});

const unigram: JsonNode = {
  type: 'Unigram',
  unk_id: 0,
  vocab: [
    ['<unk>', 0],
    ['a', -1],
    ['b', -1],
    ['ab', -2],
    ['abc', -9],
    ['c', -1.5],
    ['▁', -3],
    ['𝄞', -4],
    ['<0xC3>', 0],
    ['<0xA9>', 0],
  ],
};

test('Unigram: the tokens with the largest sum of scores, the longest at the end where sums are equal', () => {
  // a + b scores the same as ab.
  assert.deepEqual(modelOf(unigram).pieces('▁abc'), { ids: [6, 3, 5], tokens: ['▁', 'ab', 'c'] });
});

test('Unigram: adjacent unknown characters are one unknown token', () => {
  assert.deepEqual(modelOf(unigram).pieces('éüa𝄞ö'), { ids: [0, 1, 7, 0], tokens: ['éü', 'a', '𝄞', 'ö'] });
});

test('Unigram: unknown characters become bytes where the vocabulary has all of them', () => {
  assert.deepEqual(modelOf({ ...unigram, byte_fallback: true }).pieces('éa'), { ids: [8, 9, 1], tokens: ['<0xC3>', '<0xA9>', 'a'] });
  assert.deepEqual(modelOf({ ...unigram, byte_fallback: true }).pieces('ü').ids, [0]);
});

test('Unigram: a word of a million characters takes a moment', () => {
  const { ids } = modelOf(unigram).pieces('abc'.repeat(333_333));
  assert.equal(ids.length, 666_666);
});

test('models: fields that the first releases did not write are inferred from the vocabulary', () => {
  assert.deepEqual(modelOf({ ...wordPiece, type: undefined }).pieces('ab').ids, [2]);
  assert.deepEqual(modelOf({ ...bpe, type: undefined }).pieces('hug').ids, [5]);
  assert.deepEqual(modelOf({ ...unigram, type: undefined }).pieces('b').ids, [2]);
});

const REFUSED: readonly (readonly [part: JsonNode, message: string])[] = [
  [{ type: 'CharLevel', vocab: {} }, 'model "CharLevel" is not supported'],
  [{ ...wordPiece, vocab: vocab('a') }, 'model.unk_token "[UNK]" is not in its vocabulary'],
  [{ ...wordPiece, vocab: { '[UNK]': 0, a: -1 } }, 'model.vocab["a"] is not a token id'],
  [{ ...wordPiece, vocab: [] }, 'model.vocab is not an object'],
  [{ ...wordPiece, max_input_chars_per_word: 'many' }, 'model.max_input_chars_per_word is not a number'],
  [{ ...bpe, unk_token: '<unk>' }, 'model.unk_token "<unk>" is not in its vocabulary'],
  [{ ...bpe, merges: ['u g', 'hug'] }, 'model.merges[1] is not a pair of tokens'],
  [{ ...bpe, merges: [['s', 'g']] }, 'model.merges[0] makes "sg", which is not in its vocabulary'],
  [{ ...bpe, continuing_subword_prefix: '##' }, 'model.continuing_subword_prefix "##" is not supported'],
  [{ ...unigram, vocab: [['a']] }, 'model.vocab[0] is not a token with its score'],
  [{ ...unigram, vocab: [] }, 'model.vocab is not a list of tokens'],
  [{ ...unigram, unk_id: 10 }, 'model.unk_id 10 is not in its vocabulary of 10'],
];

for (const [part, message] of REFUSED) {
  test(`models: refuses ${message}`, () => assert.throws(() => modelOf(part), { message }));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInput, type InputReader } from '../../src/encoders/read-input.ts';
import { alone, TextTokenizer } from '../../src/encoders/tokenizer.ts';
import { withPrompt } from '../../src/encoders/encoder.ts';

const WORDS = ['[UNK]', '[CLS]', '[SEP]', 'a', 'b', 'c', 'd', 'e', 'f', '.'];
const special = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } });
const text = (id: 'A' | 'B', type: number) => ({ Sequence: { id, type_id: type } });
const TEMPLATE = {
  type: 'TemplateProcessing',
  single: [special('[CLS]', 0), text('A', 0), special('[SEP]', 0)],
  pair: [special('[CLS]', 0), text('A', 0), special('[SEP]', 0), text('B', 1), special('[SEP]', 1)],
  special_tokens: { '[CLS]': { id: '[CLS]', ids: [1] }, '[SEP]': { id: '[SEP]', ids: [2] } },
};

interface Options extends Partial<InputReader> {
  readonly truncation?: 'left' | 'right';
  readonly postProcessor?: object;
  readonly said?: string;
}

function reader({ truncation = 'right', postProcessor = TEMPLATE, said, ...more }: Options = {}): InputReader {
  const json = JSON.stringify({
    added_tokens: WORDS.slice(0, 3).map((content, id) => ({ id, content, special: true })),
    normalizer: null,
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: postProcessor,
    model: { type: 'WordLevel', unk_token: '[UNK]', vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])) },
  });
  const tokenizer = TextTokenizer.parse(json, { where: 'tokenizer.json', beside: (node) => ({ ...alone(node), truncation }) });
  const plain: InputReader = { name: 'it', tokenizer, maxLength: 100, tokenTypes: 2, ...more };
  if (said === undefined) return plain;
  return withPrompt(plain as Parameters<typeof withPrompt>[0], { kind: 'text', text: said });
}

const pair = (first: string, second: string) => ({ first, second });
const words = (encoder: InputReader, first: string, second: string) => [...readInput(encoder, pair(first, second), true).words!];

test('read input: a text has its tokens, and no types', () => {
  assert.deepEqual(readInput(reader(), 'a b'), { ids: Int32Array.of(1, 3, 4, 2), total: 4 });
});

test('read input: a pair has token types if the encoder uses them, and none otherwise', () => {
  assert.deepEqual(readInput(reader(), pair('a', 'b')), {
    ids: Int32Array.of(1, 3, 2, 4, 2),
    types: Int32Array.of(0, 0, 0, 1, 1),
    total: 5,
  });
  for (const tokenTypes of [0, 1]) assert.equal(readInput(reader({ tokenTypes }), pair('a', 'b')).types, undefined);
  // A graph that does not show its table is fed according to the tokenizer.
  assert.deepEqual(readInput(reader({ tokenTypes: undefined }), pair('a', 'b')).types, Int32Array.of(0, 0, 0, 1, 1));
});

test("read input: a type that the encoder's table lacks is refused", () => {
  const postProcessor = { ...TEMPLATE, pair: [text('A', 0), text('B', 2)] };
  assert.throws(() => readInput(reader({ postProcessor }), pair('a', 'b')), {
    code: 'TOKENIZER',
    message:
      'it: Its tokenizer gives pair tokens type 2, but its token-type table has 2 rows (types 0 to 1). ' +
      'Use the tokenizer that belongs to the weights.',
  });
  assert.equal(readInput(reader({ postProcessor, tokenTypes: 1 }), pair('a', 'b')).types, undefined);
});

test('read input: a token without an embedding is refused in a pair as in a text', () => {
  assert.throws(() => readInput(reader({ vocabulary: 5 }), pair('a', 'c')), {
    code: 'TOKENIZER',
    message: /^it: The text "a \| c" has the token "c" of ID 5/,
  });
});

test('read input: the prompt precedes the first text, and is kept if first tokens are dropped', () => {
  assert.deepEqual([...readInput(reader({ said: 'f e ' }), pair('a', 'b')).ids], [1, 8, 7, 3, 2, 4, 2]);
  const left = reader({ said: 'f ', truncation: 'left', maxLength: 7 });
  assert.deepEqual([...readInput(left, pair('a b c', 'd')).ids], [1, 8, 4, 5, 2, 6, 2]);
});

test('read input: a prompt that is not pooled must be at the same place as before a text', () => {
  const postProcessor = { ...TEMPLATE, pair: TEMPLATE.pair.slice(1) };
  const given = { said: 'f ', postProcessor };
  assert.deepEqual([...readInput(reader(given), pair('a', 'b')).ids], [8, 3, 2, 4, 2]);
  assert.throws(() => readInput(reader({ ...given, includePrompt: false }), pair('a', 'b')), {
    code: 'TOKENIZER',
    message: /^it: Its tokenizer puts different tokens before a pair/,
  });
});

test('read input: words are those of both texts, as far as they are left, and not those of the prompt', () => {
  assert.deepEqual(words(reader(), 'a b.', 'c'), [1, 2, 3, 5]);
  assert.deepEqual(words(reader({ said: 'f ' }), 'a b', 'c'), [2, 3, 5]);
  assert.deepEqual(words(reader({ maxLength: 6 }), 'a b c', 'd e'), [1, 2, 4]);
  assert.deepEqual(words(reader({ maxLength: 6, truncation: 'left' }), 'a b .', 'd e'), [1, 2, 4]);
  assert.deepEqual(words(reader({ maxLength: 7, truncation: 'left', said: 'f ' }), 'a b c', 'd'), [2, 3, 5]);
  assert.deepEqual(words(reader(), '', ''), []);
});

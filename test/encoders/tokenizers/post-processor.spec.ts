import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonNode } from '../../../src/encoders/tokenizers/json-node.ts';
import { pairSurroundingsOf, surroundingsOf } from '../../../src/encoders/tokenizers/post-processor.ts';

const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
const TEXT = { Sequence: { id: 'A', type_id: 0 } };
const template: JsonNode = {
  type: 'TemplateProcessing',
  single: [special('[CLS]'), TEXT, special('[SEP]')],
  special_tokens: {
    '[CLS]': { id: '[CLS]', ids: [101], tokens: ['[CLS]'] },
    '[SEP]': { id: '[SEP]', ids: [102, 103], tokens: ['a', 'b'] },
  },
};

test('post-processor: the special tokens of a template, of BERT and of RoBERTa', () => {
  assert.deepEqual(surroundingsOf(template), { before: [101], after: [102, 103] });
  assert.deepEqual(surroundingsOf({ ...template, single: [TEXT, special('[SEP]')] }), { before: [], after: [102, 103] });
  assert.deepEqual(surroundingsOf({ type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] }), { before: [2], after: [3] });
  assert.deepEqual(surroundingsOf({ type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0] }), { before: [0], after: [2] });
});

test('post-processor: in a Sequence the later one stands outside', () => {
  const processors = [{ type: 'ByteLevel' }, template, { type: 'BertProcessing', sep: ['x', 9], cls: ['y', 8] }];
  assert.deepEqual(surroundingsOf({ type: 'Sequence', processors }), { before: [8, 101], after: [102, 103, 9] });
});

test('post-processor: none sets nothing', () => assert.deepEqual(surroundingsOf(null), { before: [], after: [] }));

const REFUSED: readonly (readonly [part: JsonNode, message: string])[] = [
  [{}, 'post_processor undefined is not supported'],
  [{ type: 'Fancy' }, 'post_processor "Fancy" is not supported'],
  [{ type: 'BertProcessing', sep: ['[SEP]', 'x'], cls: ['[CLS]', 2] }, 'post_processor.sep is not a token id'],
  [{ type: 'BertProcessing', sep: ['[SEP]', 3] }, 'post_processor.cls is not a token with its id'],
  [{ ...template, single: [special('[CLS]')] }, 'post_processor.single does not hold one text'],
  [{ ...template, single: [TEXT, TEXT] }, 'post_processor.single does not hold one text'],
  [{ ...template, single: [special('[X]'), TEXT] }, 'post_processor.special_tokens["[X]"] is not an object'],
  [{ ...template, special_tokens: { '[CLS]': { ids: 3 } } }, 'post_processor.special_tokens["[CLS]"] has no ids'],
];

for (const [part, message] of REFUSED) {
  test(`post-processor: refuses ${message}`, () => assert.throws(() => surroundingsOf(part), { message }));
}

const second = (type: number) => ({ Sequence: { id: 'B', type_id: type } });
const ofType = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } });
const pairs: JsonNode = { ...template, pair: [special('[CLS]'), TEXT, special('[SEP]'), second(1), ofType('[SEP]', 2)] };
const typed = (type: number, ...ids: number[]) => ids.map((id) => ({ id, type }));

test('post-processor: around a pair, the template, BERT and RoBERTa set tokens and types as the tokenizers library does', () => {
  const known = { before: typed(0, 101), between: typed(0, 102, 103), after: typed(2, 102, 103), types: [0, 1] };
  assert.deepEqual(pairSurroundingsOf(pairs), known);
  const bert = { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] };
  assert.deepEqual(pairSurroundingsOf(bert), { before: typed(0, 2), between: typed(0, 3), after: typed(1, 3), types: [0, 1] });
  const roberta = { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0] };
  assert.deepEqual(pairSurroundingsOf(roberta), { before: typed(0, 0), between: typed(0, 2, 2), after: typed(0, 2), types: [0, 0] });
});

test('post-processor: without one, or with one that sets nothing, the texts of a pair are concatenated, with types 0 and 1', () => {
  const bare = { before: [], between: [], after: [], types: [0, 1] };
  const lists = [[], [{ type: 'ByteLevel' }]].map((processors) => ({ type: 'Sequence', processors }));
  for (const node of [null, { type: 'ByteLevel' }, ...lists]) assert.deepEqual(pairSurroundingsOf(node), bare);
  assert.deepEqual(pairSurroundingsOf({ type: 'Sequence', processors: [{ type: 'ByteLevel' }, pairs] }), pairSurroundingsOf(pairs));
});

const OTHER = 'post_processor.pair does not hold the first text and then the second, each once';
const PAIRS_REFUSED: readonly (readonly [part: JsonNode, message: string])[] = [
  [template, 'post_processor.pair is not a list'],
  [{ ...pairs, pair: [] }, OTHER],
  [{ ...pairs, pair: [TEXT, special('[SEP]')] }, OTHER],
  [{ ...pairs, pair: [second(0), TEXT] }, OTHER],
  [{ ...pairs, pair: [TEXT, second(1), second(1)] }, OTHER],
  [{ ...pairs, pair: [TEXT, special('[X]'), second(1)] }, 'post_processor.special_tokens["[X]"] is not an object'],
  [{ ...pairs, pair: [TEXT, second(-1)] }, 'post_processor.pair has the type -1'],
  [{ type: 'Sequence', processors: [pairs, pairs] }, 'post_processor sets tokens around a pair more than once'],
  [{ type: 'Fancy' }, 'post_processor "Fancy" is not supported'],
];

for (const [part, message] of PAIRS_REFUSED) {
  test(`post-processor: of pairs refuses ${JSON.stringify(part['pair'] ?? part['type'])}`, () =>
    assert.throws(() => pairSurroundingsOf(part), { message }));
}

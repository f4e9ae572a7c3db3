import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonNode } from '../../../src/encoders/tokenizers/json-node.ts';
import { surroundingsOf } from '../../../src/encoders/tokenizers/post-processor.ts';

const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
const TEXT = { Sequence: { id: 'A', type_id: 0 } };
const template: JsonNode = {
  type: 'TemplateProcessing',
  single: [special('[CLS]'), TEXT, special('[SEP]')],
  special_tokens: { '[CLS]': { id: '[CLS]', ids: [101], tokens: ['[CLS]'] }, '[SEP]': { id: '[SEP]', ids: [102, 103], tokens: ['a', 'b'] } },
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
  [{}, 'post_processor undefined is not known'],
  [{ type: 'Fancy' }, 'post_processor "Fancy" is not known'],
  [{ type: 'BertProcessing', sep: ['[SEP]', 'x'], cls: ['[CLS]', 2] }, 'post_processor.sep is no token id'],
  [{ type: 'BertProcessing', sep: ['[SEP]', 3] }, 'post_processor.cls is no token with its id'],
  [{ ...template, single: [special('[CLS]')] }, 'post_processor.single does not hold one text'],
  [{ ...template, single: [TEXT, TEXT] }, 'post_processor.single does not hold one text'],
  [{ ...template, single: [special('[X]'), TEXT] }, 'post_processor.special_tokens["[X]"] is no object'],
  [{ ...template, special_tokens: { '[CLS]': { ids: 3 } } }, 'post_processor.special_tokens["[CLS]"] has no ids'],
];

for (const [part, message] of REFUSED) {
  test(`post-processor: refuses ${message}`, () => assert.throws(() => surroundingsOf(part), { message }));
}

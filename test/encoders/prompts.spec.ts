import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { openEncoder, withPrompt, type Encoder, type EncoderFiles } from '../../src/encoders/encoder.ts';
import { encodeText, skippedTokens } from '../../src/encoders/prompted-text.ts';
import {
  knownPrompts,
  promptChoice,
  promptChoices,
  promptColumn,
  promptOfColumn,
  tokenizerHash,
  type PromptChoice,
} from '../../src/encoders/prompts.ts';
import { keyHash, vectorKey } from '../../src/embed/vector-key.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const MAKERS = { prompts: { query: 'what is the ', document: '', passage: null }, default_prompt_name: 'query' };

/** A tiny encoder with the prompts of its authors' file. */
function prompted(makers: object | undefined, more: Partial<EncoderFiles> = {}, training?: string): Promise<Encoder> {
  const folder = writeTinyEncoder(temporaryFolder(), { layers: 1 });
  if (training !== undefined) writeFileSync(path.join(folder, 'training.json'), training);
  if (makers !== undefined) writeFileSync(path.join(folder, 'config_sentence_transformers.json'), JSON.stringify(makers));
  return openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '', ...more });
}

for (const [word, choice] of [
  ['none', { kind: 'none' }],
  ['query', { kind: 'name', name: 'query' }],
  ['web_search-query.2', { kind: 'name', name: 'web_search-query.2' }],
  ['query:', { kind: 'text', text: 'query:' }],
  ['query: ', { kind: 'text', text: 'query: ' }],
  ['为这个句子生成表示：', { kind: 'text', text: '为这个句子生成表示：' }],
  ['text:none', { kind: 'text', text: 'none' }],
  ['text:query', { kind: 'text', text: 'query' }],
  ['name:a b', { kind: 'name', name: 'a b' }],
  ['Instruct: a, b\nQuery: "', { kind: 'text', text: 'Instruct: a, b\nQuery: "' }],
  ['text:\n', { kind: 'text', text: '\n' }],
] as const) {
  test(`prompts: ${JSON.stringify(word)} is ${choice.kind === 'none' ? 'no prompt' : `a ${choice.kind}`}`, () => {
    assert.deepEqual(promptChoice(word), choice);
  });
}

test('prompts: what the column says is what it was made from, whatever the text', () => {
  const texts = fc.string({ unit: 'grapheme', minLength: 1 });
  const names = fc.stringMatching(/^[^\s:："][^\s:：]{0,8}$/u);
  const choices = fc.oneof(
    fc.constant<PromptChoice>({ kind: 'none' }),
    texts.map((text): PromptChoice => ({ kind: 'text', text })),
    names.map((name): PromptChoice => ({ kind: 'name', name })),
  );
  fc.assert(fc.property(choices, (choice) => assert.deepEqual(promptOfColumn(promptColumn(choice)), choice)));
});

test('prompts: of a request each once, in an order of their own', () => {
  const words = ['b: ', 'query', 'none', 'a: ', 'name:query', 'document', 'text:a: '];
  assert.deepEqual(promptChoices(words).map(promptColumn), ['', 'document', 'query', '"a: "', '"b: "']);
  assert.deepEqual(promptChoices(words.toReversed()), promptChoices(words));
});

test('prompts: a name that two files have is that of the encoder’s own, unless it is empty there', () => {
  const own = new Map([
    ['query', 'own: '],
    ['document', ''],
  ]);
  assert.deepEqual(knownPrompts(own, { query: { text: 'registry: ' }, document: { text: 'doc: ' }, other: { text: 'o: ' } }), [
    { name: 'query', text: 'own: ' },
    { name: 'document', text: 'doc: ' },
    { name: 'other', text: 'o: ' },
  ]);
});

test('prompts: without being asked for, the one that the folder names as its default, and it is said', async () => {
  const encoder = await prompted(MAKERS);
  assert.equal(encoder.prompt?.name, 'query');
  assert.deepEqual(encoder.notes, [
    'Its authors use the prompt query ("what is the ") before every text; so does this program. Turn it off with `prompts` none.',
  ]);
  assert.deepEqual((await prompted(MAKERS, { prompt: { kind: 'none' } })).notes, []);
  assert.deepEqual((await prompted({ ...MAKERS, default_prompt_name: null })).notes, [
    'It was published with prompts, but none is used: query ("what is the "). Select one with `prompts`, or none.',
  ]);
  assert.deepEqual((await prompted(undefined, { prompts: { classification: { text: 'a: ' } } })).notes, [
    'It was published with prompts, but none is used: classification ("a: "). Select one with `prompts`, or none.',
  ]);
  assert.deepEqual((await prompted(undefined)).notes, []);
  assert.equal((await prompted({ ...MAKERS, default_prompt_name: 'document' })).prompt, undefined);
});

test('prompts: of an encoder that a training saved it is said with what it was trained, and nothing of what it was not', async () => {
  const training = '{ "training": "0123" }';
  assert.deepEqual((await prompted(MAKERS, {}, training)).notes, [
    'It was trained with the prompt query ("what is the ") before every text; so does this program. Turn it off with `prompts` none.',
  ]);
  assert.deepEqual((await prompted({ ...MAKERS, default_prompt_name: null }, {}, training)).notes, []);
});

for (const [what, makers, message] of [
  [
    'a default without a text',
    { ...MAKERS, default_prompt_name: 'nix' },
    'default_prompt_name: It is "nix", which is not one of its prompts.',
  ],
  ['a default that is a number', { ...MAKERS, default_prompt_name: 1 }, 'default_prompt_name: It is 1, which is not one of its prompts.'],
  ['a text that is a list', { prompts: { query: ['a'] } }, 'prompts.query: Expected a text, got ["a"].'],
  ['prompts that are a list', { prompts: ['a'] }, 'prompts: Expected texts by name, got ["a"].'],
] as const) {
  test(`prompts: ${what} is refused`, async () => {
    await assert.rejects(prompted(makers), (error: Error) => {
      assert.ok(error.message.includes(`config_sentence_transformers.json: ${message}`), error.message);
      return true;
    });
  });
}

test('prompts: a name that the encoder does not know is one line', async () => {
  await assert.rejects(prompted(MAKERS, { prompt: { kind: 'name', name: 'nix' } }), {
    code: 'OPTION',
    message:
      '`prompts`: tiny has no prompt named "nix". It has query, document, passage; write literal text that looks like a name as text:nix.',
  });
  await assert.rejects(prompted(undefined, { prompt: { kind: 'name', name: 'nix' } }), {
    code: 'OPTION',
    message: '`prompts`: tiny has no prompt named "nix". It has none; write literal text that looks like a name as text:nix.',
  });
});

test('prompts: a text that is also the name of a prompt is said', async () => {
  const makers = { prompts: { 'two words': 'b: ' } };
  const encoder = await prompted(makers, { prompt: promptChoice('two words') });
  assert.equal(encoder.prompt?.text, 'two words');
  assert.deepEqual(encoder.notes, ['"two words" is put before every text literally; for the prompt of that name write name:two words.']);
  assert.equal((await prompted(makers, { prompt: promptChoice('name:two words') })).prompt?.text, 'b: ');
});

test('prompts: prompt and text together are cut, and what is cut is the text', async () => {
  const encoder = await prompted(MAKERS, { maxLength: 7 });
  const { ids, total } = encodeText(encoder, 'a b c d');
  const whole = encoder.tokenizer.encode('what is the a b c d', Infinity);
  assert.deepEqual([...ids], [...whole.ids.slice(0, 6), whole.ids.at(-1)!]);
  assert.equal(total, 9);
  await assert.rejects(prompted(MAKERS, { maxLength: 5 }), {
    code: 'OPTION',
    message:
      '`prompts`: tiny takes 5 tokens, and query has 5 with special tokens: no room is left for the text. Give a shorter prompt, or a larger `maxLength`.',
  });
});

test('prompts: an empty one is said, and changes no vector', async () => {
  const bare = await prompted(MAKERS, { prompt: { kind: 'none' } });
  const empty = withPrompt(bare, { kind: 'name', name: 'document' });
  assert.equal(empty.prompt?.text, '');
  assert.equal(keyHash(vectorKey(empty)), keyHash(vectorKey(bare)));
  assert.equal(tokenizerHash(empty), tokenizerHash(bare));
  assert.deepEqual((await prompted(MAKERS, { prompt: { kind: 'name', name: 'document' } })).notes, [
    'Its prompt document is empty: same as no prompt.',
  ]);
});

test('prompts: the key of a vector has the text of its prompt, not its name', async () => {
  const bare = await prompted(MAKERS, { prompt: { kind: 'none' } });
  const key = (choice: PromptChoice, includePrompt = true): string => keyHash(vectorKey({ ...withPrompt(bare, choice), includePrompt }));
  const named = key({ kind: 'name', name: 'query' });
  assert.equal(named, key({ kind: 'text', text: 'what is the ' }));
  assert.notEqual(named, key({ kind: 'text', text: 'what is the' }));
  assert.notEqual(named, keyHash(vectorKey(bare)));
  assert.notEqual(named, key({ kind: 'name', name: 'query' }, false));
});

test('prompts: the tokens that are left out are those before the text, with the special ones', async () => {
  const encoder = await prompted(MAKERS);
  assert.equal(skippedTokens(encoder), 0);
  assert.equal(skippedTokens({ ...encoder, includePrompt: false }), 4);
  assert.equal(skippedTokens({ ...withPrompt(encoder, { kind: 'none' }), includePrompt: false }), 0);
});

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { TextTokenizer } from '../../../src/encoders/tokenizer.ts';
import { openTokenizer, tokenizerJson } from '../../../src/encoders/tokenizers/open-tokenizer.ts';
import { temporaryFolder } from '../../temporary.ts';
import { BYTE_LEVEL, CASED, CLASS_CASES, SENTENCE_PIECE } from './class-cases.ts';

const root = temporaryFolder();
let folders = 0;

function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = path.join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

const open = (files: Readonly<Record<string, unknown>>): Promise<TextTokenizer> => openTokenizer(folderWith(files));
const ids = (tokenizer: TextTokenizer, text: string, limit = 100): number[] => [...tokenizer.encode(text, limit).ids];

for (const { why, files, ids: known } of CLASS_CASES) {
  test(`tokenizer's class: ${why}`, async () => {
    const tokenizer = await open(files);
    for (const [text, want] of known) assert.deepEqual(ids(tokenizer, text), want, text);
  });
}

test("tokenizer's class: what is written for others gives the same ids, with and without what stands beside it", async () => {
  for (const { why, files, ids: known } of CLASS_CASES) {
    if (JSON.stringify(files).includes('split_special_tokens')) continue; // not decided by tokenizer.json
    const written = await tokenizerJson(folderWith(files));
    const [alone, again] = [await open({ 'tokenizer.json': written }), await open({ ...files, 'tokenizer.json': written })];
    for (const [text, want] of known) assert.deepEqual([ids(alone, text), ids(again, text)], [want, want], `${why}: ${text}`);
  }
});

const CONFIG = { model_type: 'bert' };
const WORDS = { tokenizer_class: 'BertTokenizer', do_lower_case: false };
const bert = (more: Readonly<Record<string, unknown>> = {}, words: object = {}) => ({
  'tokenizer.json': CASED,
  'config.json': CONFIG,
  'tokenizer_config.json': { ...WORDS, ...words },
  ...more,
});

test("tokenizer's class: a sentence encoder that lower-cases does so before all else, under each of its file's names", async () => {
  for (const name of ['bert', 'roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta', 'xlnet']) {
    assert.deepEqual(
      ids(await open(bert({ [`sentence_${name}_config.json`]: { do_lower_case: true } })), 'Who É [MASK]'),
      [2, 5, 7, 4, 3],
      name,
    );
  }
  const empty = bert({ 'sentence_bert_config.json': {}, 'sentence_albert_config.json': { do_lower_case: true } });
  assert.deepEqual(ids(await open(empty), 'Who'), [2, 5, 3], 'an empty file says nothing');
  const pieces = {
    'tokenizer.json': SENTENCE_PIECE,
    'config.json': { model_type: 'xlm-roberta' },
    'sentence_bert_config.json': { do_lower_case: true },
  };
  assert.deepEqual(ids(await open(pieces), 'A'), [0, 6, 2]);
});

test("tokenizer's class: arguments of a sentence encoder come before tokenizer_config.json", async () => {
  for (const key of ['tokenizer_args', 'processor_kwargs']) {
    const withArguments = (values: object) => open(bert({ 'sentence_bert_config.json': { [key]: values } }));
    assert.deepEqual(ids(await withArguments({ do_lower_case: true, cls_token: '[MASK]' }), 'Who É'), [4, 5, 8, 3]);
    assert.deepEqual(ids(await withArguments({ truncation_side: 'left' }), 'who Who is', 4), [2, 6, 12, 3]);
  }
});

test("tokenizer's class: add_eos_token among those arguments counts where the class sets no tokens itself", async () => {
  const files = {
    'tokenizer.json': { ...BYTE_LEVEL, post_processor: null },
    'config.json': { model_type: 'gpt2' },
    'tokenizer_config.json': { eos_token: '</s>', bos_token: '<s>', unk_token: '<unk>' },
  };
  assert.deepEqual(ids(await open(files), 'ab'), [8]);
  assert.deepEqual(ids(await open({ ...files, 'sentence_bert_config.json': { tokenizer_args: { add_eos_token: true } } }), 'ab'), [8, 2]);
});

test("tokenizer's class: a text that is too long loses its tokens at the side that the files say, and keeps the special ones", async () => {
  const sides = async (files: Readonly<Record<string, unknown>>) => {
    const tokenizer = await open(files);
    const { ids: kept, total } = tokenizer.encode('who Who is é', 4);
    assert.equal(total, 6);
    return [...kept];
  };
  assert.deepEqual(await sides(bert()), [2, 5, 6, 3]);
  assert.deepEqual(await sides(bert({}, { truncation_side: 'right' })), [2, 5, 6, 3]);
  assert.deepEqual(await sides(bert({}, { truncation_side: 'left' })), [2, 12, 7, 3]);
  const baked = { ...CASED, truncation: { direction: 'Left', max_length: 5, strategy: 'LongestFirst', stride: 0 } };
  assert.deepEqual(await sides(bert({ 'tokenizer.json': baked })), [2, 12, 7, 3]);
  assert.deepEqual(await sides(bert({ 'tokenizer.json': baked }, { truncation_side: 'right' })), [2, 5, 6, 3]);
  assert.deepEqual(ids(await open(bert({}, { truncation_side: 'left' })), 'who Who', 100), [2, 5, 6, 3]);
  assert.deepEqual(ids(await open(bert({}, { truncation_side: 'left' })), 'who Who', 2), [2, 3]);
});

test("tokenizer's class: the hash changes with the ids, and only then", async () => {
  const hash = async (more: Readonly<Record<string, unknown>> = {}, words: object = {}) => (await open(bert(more, words))).hash;
  const plain = (await open({ 'tokenizer.json': CASED })).hash;
  const same: (readonly [Record<string, unknown>, object])[] = [
    [{}, {}],
    [
      {},
      {
        strip_accents: null,
        tokenize_chinese_chars: true,
        model_max_length: 512,
        padding_side: 'left',
        clean_up_tokenization_spaces: true,
        unk_token: '[UNK]',
        mask_token: '[MASK]',
      },
    ],
    [
      { 'special_tokens_map.json': { cls_token: '[CLS]' } },
      { truncation_side: 'right', split_special_tokens: false, strip_accents: false },
    ],
    [{ 'sentence_bert_config.json': { max_seq_length: 5, do_lower_case: false } }, {}],
  ];
  for (const [more, words] of same) assert.equal(await hash(more, words), plain, JSON.stringify([more, words]));
  const others = [
    await hash({}, { do_lower_case: true }),
    await hash({}, { strip_accents: true }),
    await hash({}, { tokenize_chinese_chars: false }),
    await hash({}, { cls_token: '[MASK]' }),
    await hash({}, { unk_token: '[MASK]' }),
    await hash({}, { truncation_side: 'left' }),
    await hash({}, { split_special_tokens: true }),
    await hash({}, { additional_special_tokens: ['is'] }),
    await hash({ 'added_tokens.json': { new: 14 } }),
    await hash({ 'sentence_bert_config.json': { do_lower_case: true } }),
    await hash({ 'sentence_bert_config.json': { tokenizer_args: { do_lower_case: true, strip_accents: false } } }),
  ];
  assert.equal(new Set([plain, ...others]).size, others.length + 1);
});

const CORRECT = 'Correct the file, or download it again.';
const ESCAPE = 'If its tokenizer.json is complete, write "tokenizer_class": "PreTrainedTokenizerFast" into its tokenizer_config.json.';

const REFUSED: readonly (readonly [why: string, files: Readonly<Record<string, unknown>>, message: string])[] = [
  [
    'a switch in quotes',
    bert({}, { do_lower_case: 'true' }),
    `tokenizer_config.json: do_lower_case: Expected true or false, got "true". ${CORRECT}`,
  ],
  [
    'a switch that is null',
    bert({}, { tokenize_chinese_chars: null }),
    `tokenizer_config.json: tokenize_chinese_chars: Expected true or false, got null. ${CORRECT}`,
  ],
  [
    'a number for an open switch',
    bert({}, { strip_accents: 1 }),
    `tokenizer_config.json: strip_accents: Expected true, false or null, got 1. ${CORRECT}`,
  ],
  [
    'a side that is none',
    bert({}, { truncation_side: 'middle' }),
    `tokenizer_config.json: truncation_side: Expected "left" or "right", got "middle". ${CORRECT}`,
  ],
  [
    'a side of padding that is none',
    bert({}, { padding_side: null }),
    `tokenizer_config.json: padding_side: Expected "left" or "right", got null. ${CORRECT}`,
  ],
  ['a token that is none', bert({}, { cls_token: 7 }), `tokenizer_config.json: cls_token: Expected a token, got 7. ${CORRECT}`],
  [
    'a token that is none, in the other file',
    bert({ 'special_tokens_map.json': { sep_token: {} } }),
    `special_tokens_map.json: sep_token: Expected a token, got {}. ${CORRECT}`,
  ],
  [
    'added tokens in a list',
    bert({}, { added_tokens_decoder: [] }),
    `tokenizer_config.json: added_tokens_decoder: Expected an object of ids with their tokens, got []. ${CORRECT}`,
  ],
  [
    'an unknown token that the vocabulary lacks',
    bert({}, { unk_token: '<unk>' }),
    'tokenizer.json: This tokenizer is not supported (model.unk_token "<unk>" is not in its vocabulary). Download the whole ' +
      'encoder, or save a fast tokenizer (tokenizer.json) into the folder.',
  ],
  [
    'a class that is not a word',
    bert({}, { tokenizer_class: ['Bert'] }),
    `tokenizer_config.json: tokenizer_class: Expected a word, got ["Bert"]. ${ESCAPE}`,
  ],
  [
    'a class written in Python',
    bert({}, { tokenizer_class: 'PhobertTokenizer' }),
    `Its tokenizer_class "PhobertTokenizer" has its own behaviour, which is not supported. ${ESCAPE}`,
  ],
  [
    'a type whose class is written in Python',
    { 'tokenizer.json': CASED, 'config.json': { model_type: 'canine' } },
    `A "canine" has its own tokenisation, which is not supported. ${ESCAPE}`,
  ],
  [
    "code of the folder's own",
    {
      'tokenizer.json': CASED,
      'config.json': { model_type: 'ours' },
      'tokenizer_config.json': { tokenizer_class: 'OurTokenizer', auto_map: { AutoTokenizer: ['ours.Slow', null] } },
    },
    `tokenizer_config.json: auto_map: Its tokenizer is custom code, which is not run. ${ESCAPE}`,
  ],
  [
    'tokenizer.json by versions',
    bert({}, { fast_tokenizer_files: ['tokenizer.4.0.0.json', 'tokenizer.json'] }),
    'tokenizer_config.json: fast_tokenizer_files: Expected nothing but tokenizer.json, got ' +
      `["tokenizer.4.0.0.json","tokenizer.json"]. ${CORRECT}`,
  ],
  [
    'lower-casing in quotes',
    bert({ 'sentence_bert_config.json': { do_lower_case: 'yes' } }),
    `sentence_bert_config.json: do_lower_case: Expected true or false, got "yes". ${CORRECT}`,
  ],
  [
    'an argument that is none',
    bert({ 'sentence_roberta_config.json': { tokenizer_args: { do_lower_case: 1 } } }),
    `sentence_roberta_config.json: do_lower_case: Expected true or false, got 1. ${CORRECT}`,
  ],
];

for (const [why, files, message] of REFUSED) {
  test(`tokenizer's class: refuses ${why}`, async () => {
    const folder = folderWith(files);
    const where = /^[a-z_-]+\.json:/.test(message) ? `${folder}/` : `${folder}: `;
    await assert.rejects(openTokenizer(folder), { code: 'TOKENIZER', message: `${where}${message}` });
  });
}

test("tokenizer's class: code of the folder's own is passed over where the class is known", async () => {
  assert.deepEqual(ids(await open(bert({}, { auto_map: { AutoTokenizer: ['ours.Slow', 'ours.Fast'] } })), 'Who'), [2, 6, 3]);
});

test("tokenizer's class: without config.json and class, words about a BERT normalizer count where they are said", async () => {
  assert.deepEqual(ids(await open({ 'tokenizer.json': CASED }), 'Who É'), [2, 6, 9, 3]);
  assert.deepEqual(ids(await open({ 'tokenizer.json': CASED, 'tokenizer_config.json': { do_lower_case: true } }), 'Who É'), [2, 5, 8, 3]);
});

const typed = (type: number) => ({
  ...CASED,
  post_processor: {
    type: 'Sequence',
    processors: [
      {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: type } }],
        pair: [],
        special_tokens: { '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] } },
      },
    ],
  },
});

const fed = (inputs: readonly string[], tokenizerClass: string) => ({
  'tokenizer_config.json': { tokenizer_class: tokenizerClass, model_input_names: inputs },
});

test("tokenizer's class: tokens of another type than 0 are refused where the encoder is to be fed them", async () => {
  const folder = folderWith({ 'tokenizer.json': typed(1), ...fed(['input_ids', 'token_type_ids'], 'PreTrainedTokenizerFast') });
  await assert.rejects(openTokenizer(folder), {
    code: 'TOKENIZER',
    message: `${folder}/tokenizer.json: post_processor: It gives tokens a type other than 0, and model_input_names feeds those to the encoder (token_type_ids), which is not supported. Set its types to 0 to use the encoder without.`,
  });
  await open({ 'tokenizer.json': typed(0), ...fed(['input_ids', 'token_type_ids'], 'PreTrainedTokenizerFast') });
  await open({ 'tokenizer.json': typed(1), ...fed(['input_ids', 'attention_mask'], 'PreTrainedTokenizerFast') });
  await open({ 'tokenizer.json': typed(1), ...fed(['input_ids', 'token_type_ids'], 'BertTokenizer') }); // which sets its own around a text
});

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { alone, TextTokenizer } from '../../../src/encoders/tokenizer.ts';
import { openTokenizer, tokenizerJson } from '../../../src/encoders/tokenizers/open-tokenizer.ts';
import { ownOracle } from '../../oracles.ts';
import { oraclePairs, pairOracle, SHARED_FAMILIES, sharedPairFolder, sharedPairs } from '../../pair-oracle.ts';
import { unlessShared } from '../../shared.ts';
import { temporaryFolder } from '../../temporary.ts';
import { BYTE_LEVEL, CASED, SENTENCE_PIECE } from './class-cases.ts';

const WORDS = ['[UNK]', '[CLS]', '[SEP]', 'a', 'b', 'c', 'd', 'e', 'f'];
const BERT = { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] };
const ROBERTA = { ...BERT, type: 'RobertaProcessing' };

const json = (postProcessor: object | null): string =>
  JSON.stringify({
    added_tokens: WORDS.slice(0, 3).map((content, id) => ({ id, content, special: true })),
    normalizer: null,
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: postProcessor,
    model: { type: 'WordLevel', unk_token: '[UNK]', vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])) },
  });

/** A tokenizer of nine words. */
function words(postProcessor: object | null, truncation: 'left' | 'right' = 'right'): TextTokenizer {
  return TextTokenizer.parse(json(postProcessor), { where: 'tokenizer.json', beside: (node) => ({ ...alone(node), truncation }) });
}

function pairOf(tokenizer: TextTokenizer, first: string, second: string, limit = Infinity, stay = 0) {
  const { ids, types, total } = tokenizer.encodePair(first, second, limit, stay);
  return { ids: [...ids], types: [...types], total };
}

test('pairs: special tokens and types are those of the post-processor', () => {
  assert.deepEqual(pairOf(words(BERT), 'a b', 'c'), { ids: [1, 3, 4, 2, 5, 2], types: [0, 0, 0, 0, 1, 1], total: 6 });
  assert.deepEqual(pairOf(words(ROBERTA), 'a b', 'c'), { ids: [1, 3, 4, 2, 2, 5, 2], types: [0, 0, 0, 0, 0, 0, 0], total: 7 });
  assert.deepEqual(pairOf(words(null), 'a b', 'c'), { ids: [3, 4, 5], types: [0, 0, 1], total: 3 });
});

test('pairs: an empty text is one of a pair, too', () => {
  assert.deepEqual(pairOf(words(BERT), 'a', ''), { ids: [1, 3, 2, 2], types: [0, 0, 0, 1], total: 4 });
  assert.deepEqual(pairOf(words(BERT), '', 'a'), { ids: [1, 2, 3, 2], types: [0, 0, 1, 1], total: 4 });
  assert.deepEqual(pairOf(words(ROBERTA), '', ''), { ids: [1, 2, 2, 2], types: [0, 0, 0, 0], total: 4 });
});

test("pairs: the longer text is cut first, each at the tokenizer's side, and the whole length told", () => {
  assert.deepEqual(pairOf(words(BERT), 'a b c d', 'e f', 7), { ids: [1, 3, 4, 2, 7, 8, 2], types: [0, 0, 0, 0, 1, 1, 1], total: 9 });
  assert.deepEqual(pairOf(words(BERT, 'left'), 'a b c d', 'e f', 7).ids, [1, 5, 6, 2, 7, 8, 2]);
  assert.deepEqual(pairOf(words(BERT), 'a b', 'c d', 6).ids, [1, 3, 2, 5, 6, 2]);
  assert.deepEqual(pairOf(words(BERT, 'left'), 'a b c d', 'd c b a', 6).ids, [1, 6, 2, 4, 3, 2]);
});

test('pairs: where there is room for special tokens alone, or not even for these, they are what is left', () => {
  for (const limit of [3, 1, 0]) assert.deepEqual(pairOf(words(BERT), 'a b', 'c', limit), { ids: [1, 2, 2], types: [0, 0, 1], total: 6 });
});

test('pairs: first tokens of the first text stay where first tokens are dropped', () => {
  assert.deepEqual(pairOf(words(BERT, 'left'), 'a b c d e', 'a b c d e', 9, 2).ids, [1, 3, 4, 7, 2, 5, 6, 7, 2]);
  assert.deepEqual(pairOf(words(BERT, 'left'), 'a b c d', 'e', 5, 3).ids, [1, 3, 2, 7, 2]);
});

test('pairs: a tokenizer without a template for them reads single texts, and refuses pairs', () => {
  const text = { Sequence: { id: 'A', type_id: 0 } };
  const tokenizer = words({ type: 'TemplateProcessing', single: [text], pair: [text], special_tokens: {} });
  assert.deepEqual([...tokenizer.encode('a b', 10).ids], [3, 4]);
  const refusal = {
    code: 'TOKENIZER',
    message:
      'tokenizer.json: It cannot read two texts together ' +
      '(post_processor.pair does not hold the first text and then the second, each once). ' +
      'Encode the texts separately, or add a pair template to the post_processor of its tokenizer.json.',
  };
  assert.throws(() => tokenizer.encodePair('a', 'b', 10), refusal);
  assert.throws(() => tokenizer.encodePair('a', 'b', 10), refusal);
});

test('pairs: the tokenizer of a static encoder that drops tokens refuses them', () => {
  const tokenizer = TextTokenizer.parse(json(null), { where: 'tokenizer.json', beside: (node) => ({ ...alone(node), dropped: 0 }) });
  assert.throws(() => tokenizer.encodePair('a', 'b', 10), {
    code: 'TOKENIZER',
    message: /^tokenizer\.json: .*\(it is that of a static encoder\)/,
  });
});

const { families, longest } = pairOracle();
for (const [family, { pairs, left }] of Object.entries(families)) {
  test(`pairs: ids, types and lengths of ${family} are the tokenizers library's, by the file alone and by the folder`, async () => {
    const file = ownOracle(family, 'tokenizer.json');
    const fromLeft = await TextTokenizer.read(file, { beside: (node) => ({ ...alone(node), truncation: 'left' }) });
    for (const [tokenizer, known] of [
      [await TextTokenizer.read(file), pairs],
      [await openTokenizer(ownOracle(family)), pairs],
      [fromLeft, left],
    ] as const) {
      for (const [i, { first, second }] of oraclePairs().entries()) {
        const { ids, types, total } = known[i]!;
        assert.deepEqual(pairOf(tokenizer, first, second, longest), { ids, types, total }, `pair ${i}`);
      }
    }
  });
}

for (const family of SHARED_FAMILIES) {
  test(`pairs: ids and types of ${family} (shared) are the reference's`, { skip: unlessShared('tasks', 'oracles', family) }, async () => {
    const known = sharedPairs(family);
    const folder = sharedPairFolder(family);
    for (const tokenizer of [await TextTokenizer.read(path.join(folder, 'tokenizer.json')), await openTokenizer(folder)]) {
      for (const [i, { a, b, input_ids: ids, type_ids: types, truncated }] of known.pairs.entries()) {
        const found = pairOf(tokenizer, a, b, known.max_length);
        assert.deepEqual([found.ids, found.types, found.total > known.max_length], [ids, types, truncated], `pair ${i}`);
      }
    }
  });
}

/** The pairs as encoded by classes of transformers 5, whatever the post-processor of the file says. */
const CLASSES: readonly { tokenizer: object; named: string; texts: [string, string]; ids: number[]; types: number[] }[] = [
  { tokenizer: CASED, named: 'BertTokenizer', texts: ['who', 'is'], ids: [2, 5, 3, 12, 3], types: [0, 0, 0, 1, 1] },
  { tokenizer: BYTE_LEVEL, named: 'RobertaTokenizer', texts: ['ab', 'ab'], ids: [0, 8, 2, 2, 8, 2], types: [0, 0, 0, 0, 0, 0] },
  { tokenizer: SENTENCE_PIECE, named: 'XLMRobertaTokenizer', texts: ['a', 'a'], ids: [0, 6, 2, 2, 6, 2], types: [0, 0, 0, 0, 0, 0] },
  { tokenizer: SENTENCE_PIECE, named: 'T5Tokenizer', texts: ['a', 'a'], ids: [6, 2, 6, 2], types: [0, 0, 0, 0] },
];

let folders = 0;
const root = temporaryFolder();
function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = path.join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files))
    writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return folder;
}

for (const { tokenizer: file, named, texts, ids, types } of CLASSES) {
  test(`pairs: a ${named} makes its own`, async () => {
    const tokenizer = await openTokenizer(
      folderWith({ 'tokenizer.json': { ...file, post_processor: null }, 'tokenizer_config.json': { tokenizer_class: named } }),
    );
    assert.deepEqual(pairOf(tokenizer, ...texts), { ids, types, total: ids.length });
  });
}

test('pairs: tokens that a sentence encoder adds at both ends are added to each text', async () => {
  const tokenizer = await openTokenizer(
    folderWith({
      'tokenizer.json': { ...CASED, post_processor: null },
      'tokenizer_config.json': { tokenizer_class: 'PreTrainedTokenizerFast', bos_token: '[CLS]', eos_token: '[SEP]' },
      'sentence_bert_config.json': { tokenizer_args: { add_bos_token: true, add_eos_token: true } },
    }),
  );
  assert.deepEqual(pairOf(tokenizer, 'who', 'is'), { ids: [2, 5, 3, 2, 12, 3], types: [0, 0, 0, 1, 1, 1], total: 6 });
});

test("pairs: of a vocabulary's files they are its family's, and its hash is that of single texts", async () => {
  const vocabulary = ['[PAD]', '[UNK]', '<s>', '</s>', '<pad>', '<mask>', 'who', 'is'].join('\n');
  const mpnet = await openTokenizer(folderWith({ 'vocab.txt': vocabulary, 'config.json': { model_type: 'mpnet' } }));
  assert.deepEqual(pairOf(mpnet, 'who', 'is').ids, [2, 6, 3, 3, 7, 3]);
  const bert = await openTokenizer(
    folderWith({ 'vocab.txt': '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nwho\nis', 'config.json': { model_type: 'bert' } }),
  );
  assert.deepEqual(pairOf(bert, 'who', 'is'), { ids: [2, 5, 3, 6, 3], types: [0, 0, 0, 1, 1], total: 5 });
});

for (const name of ['albert', 'bert-uncased', 'deberta-v2', 'distilbert', 'electra', 'longformer-bert', 'mpnet', 'roberta', 't5']) {
  test(`pairs: ${name}: an exported tokenizer.json alone has the pairs of the tokenizer's class`, async () => {
    const folder = path.join(temporaryFolder(), name);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'tokenizer.json'), await tokenizerJson(ownOracle(name)));
    writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast' }));
    const [own, exported] = await Promise.all([ownOracle(name), folder].map((each) => openTokenizer(each)));
    for (const [first, second] of [
      ['a b c', 'd'],
      ['', 'd e'],
      ['The first text.', 'The second text.'],
      ['', ''],
    ] as const) {
      assert.deepEqual(pairOf(exported!, first, second), pairOf(own!, first, second));
    }
  });
}

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openTokenizer } from '../../../src/encoders/tokenizers/open-tokenizer.ts';
import { expected, oracleFolders, unpaddedIds } from '../../oracles.ts';
import { shared, unlessShared } from '../../shared.ts';
import { temporaryFolder } from '../../temporary.ts';
import { tinyTokenizer } from '../../tiny-encoder.ts';
import { sentencePieceBytes, type SentencePieceParams } from './sentence-piece-bytes.ts';

const root = temporaryFolder();
let folders = 0;

/** A folder with these files; values other than strings or bytes are written as JSON. */
function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = path.join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(
      path.join(folder, name),
      typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content),
    );
  }
  return folder;
}

async function ids(folder: string, text: string): Promise<number[]> {
  return [...(await openTokenizer(folder)).encode(text, 100).ids];
}

// modernbert is published with only tokenizer.json.
const WORD_PIECES = ['bert-cased', 'bert-uncased', 'distilbert', 'electra', 'longformer-bert', 'minilm', 'mpnet'];
const FROM_VOCABULARY = [...WORD_PIECES, 'albert', 'bigbird', 'deberta-v2', 'deberta-v3', 'longformer', 'roberta'];

for (const { name, folder: given, at, skip } of FROM_VOCABULARY.flatMap((family) => oracleFolders(family))) {
  test(`open tokenizer: ${name} from its vocabulary gives the reference's ids`, { skip }, async () => {
    const folder = folderWith({});
    for (const file of readdirSync(given, { withFileTypes: true })) {
      if (file.isFile() && file.name !== 'tokenizer.json') copyFileSync(at(file.name), path.join(folder, file.name));
    }
    const tokenizer = await openTokenizer(folder);
    const oracle = expected(given);
    for (const [i, text] of oracle.texts.entries()) {
      assert.deepEqual([...tokenizer.encode(text, oracle.max_length).ids], unpaddedIds(oracle, i), `text ${i}`);
    }
    const fast = await openTokenizer(given);
    assert.deepEqual([tokenizer.padToken, tokenizer.leading, tokenizer.specials], [fast.padToken, fast.leading, fast.specials]);
  });
}

const NMT_NFKC = 'tokenizer-unigram-nmt-nfkc';
test(
  "open tokenizer: a DeBERTa's spm.model with the whole NMT-NFKC map gives the reference's ids",
  { skip: unlessShared('oracles', NMT_NFKC) },
  async () => {
    const folder = folderWith({ 'tokenizer_config.json': { tokenizer_class: 'DebertaV2Tokenizer', do_lower_case: false } });
    for (const file of ['spm.model', 'special_tokens_map.json']) copyFileSync(shared('oracles', NMT_NFKC, file), path.join(folder, file));
    const { texts, input_ids: known } = JSON.parse(readFileSync(shared('oracles', NMT_NFKC, 'expected.json'), 'utf8')) as {
      texts: string[];
      input_ids: number[][];
    };
    const tokenizer = await openTokenizer(folder);
    for (const [i, text] of texts.entries()) assert.deepEqual([...tokenizer.encode(text, 10_000).ids], known[i], `text ${i}`);
  },
);

test("open tokenizer: the folder's own tokenizer.json comes first", async () => {
  const folder = folderWith({
    'tokenizer.json': tinyTokenizer(),
    'vocab.txt': 'nothing',
    'special_tokens_map.json': { pad_token: '[SEP]' },
  });
  assert.deepEqual(await ids(folder, 'what'), [2, 56, 3]);
  assert.equal((await openTokenizer(folder)).padToken, '[SEP]');
});

const VOCAB = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'who', 'é', 'e', 'e\u0301', '##s', '我', 'Who', '?', '##我'].join('\n');

test("open tokenizer: a vocab.txt alone is BERT's, and lower-cases", async () => {
  assert.deepEqual(await ids(folderWith({ 'vocab.txt': `${VOCAB}\n` }), 'Whos É我? [MASK]x'), [2, 5, 9, 7, 10, 12, 4, 1, 3]);
  assert.deepEqual(await ids(folderWith({ 'vocab.txt': VOCAB.replaceAll('\n', '\r\n') }), 'who'), [2, 5, 3]);
});

function electra(config: object): string {
  return folderWith({ 'vocab.txt': VOCAB, 'config.json': { model_type: 'electra' }, 'tokenizer_config.json': config });
}

test('open tokenizer: tokenizer_config.json decides on case, accents and ideographs', async () => {
  assert.deepEqual(await ids(electra({ do_lower_case: false }), 'Who é'), [2, 11, 6, 3]);
  assert.deepEqual(await ids(electra({ do_lower_case: false, strip_accents: true }), 'Who é'), [2, 11, 7, 3]);
  assert.deepEqual(await ids(electra({ strip_accents: false }), 'Who É'), [2, 5, 6, 3]);
  assert.deepEqual(await ids(electra({ tokenize_chinese_chars: false }), 'who我'), [2, 5, 13, 3]);
});

test('open tokenizer: added tokens have the ids and switches that the files give them', async () => {
  const map = { mask_token: { content: '[MASK]', lstrip: true, rstrip: true }, additional_special_tokens: ['[X]'] };
  const files = { 'vocab.txt': VOCAB, 'added_tokens.json': { new: 14, '[X]': 15, Wé: 16 }, 'special_tokens_map.json': map };
  // Tokens that are not special are searched in the normalised text.
  assert.deepEqual(await ids(folderWith(files), 'NEW [X][x] we [MASK] who'), [2, 14, 15, 1, 1, 1, 16, 4, 5, 3]);
  const decoder = {
    added_tokens_decoder: {
      14: { content: 'new', normalized: false, special: false },
      4: { content: '[MASK]', lstrip: false, special: true },
    },
  };
  assert.deepEqual(await ids(folderWith({ ...files, 'tokenizer_config.json': decoder }), 'NEW new [X]'), [2, 1, 14, 1, 1, 1, 3]);
});

const MPNET = ['<s>', '<pad>', '</s>', '[UNK]', 'who', '<mask>'].join('\n');

test("open tokenizer: MPNet has RoBERTa's special tokens around BERT's words", async () => {
  const folder = folderWith({ 'vocab.txt': MPNET, 'config.json': { model_type: 'mpnet' } });
  assert.deepEqual(await ids(folder, 'WHO <mask>'), [0, 4, 5, 2]);
  assert.equal((await openTokenizer(folder)).padToken, '<pad>');
});

const VOCAB_JSON = { '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3, a: 4, b: 5, Ġ: 6, ab: 7, Ġab: 8, '<mask>': 9 };
const MERGES = '#version: 0.2\na b\nĠ ab\n';

test("open tokenizer: vocab.json and merges.txt are RoBERTa's", async () => {
  const folder = folderWith({ 'vocab.json': VOCAB_JSON, 'merges.txt': MERGES, 'config.json': { model_type: 'longformer' } });
  assert.deepEqual(await ids(folder, 'ab abb <mask>'), [0, 7, 8, 5, 9, 2]);
  const config = { tokenizer_class: 'RobertaTokenizerFast', add_prefix_space: true };
  const prefixed = folderWith({ 'vocab.json': VOCAB_JSON, 'merges.txt': MERGES.trim(), 'tokenizer_config.json': config });
  assert.deepEqual(await ids(prefixed, 'ab'), [0, 8, 2]);
});

test("open tokenizer: a Longformer with BERT's vocabulary is read as it is laid out", async () => {
  assert.deepEqual(await ids(folderWith({ 'vocab.txt': VOCAB, 'config.json': { model_type: 'longformer' } }), 'WHO'), [2, 5, 3]);
});

const PIECES: SentencePieceParams['pieces'] = [
  ['<unk>', 0, 2],
  ['<s>', 0, 3],
  ['</s>', 0, 3],
  ['▁', -2, 1],
  ['▁a', -1, 1],
  ['b', -1, 1],
  ['[CLS]', 0, 4],
];

test('open tokenizer: XLM-RoBERTa counts ids as fairseq did', async () => {
  const folder = folderWith({
    'sentencepiece.bpe.model': sentencePieceBytes({ pieces: PIECES }),
    'config.json': { model_type: 'xlm-roberta' },
  });
  // <s> <pad> </s> <unk>, then the pieces from the fourth on, then <mask>.
  assert.deepEqual(await ids(folder, 'ab x[CLS] <mask>'), [0, 5, 6, 4, 3, 7, 8, 2]);
  assert.equal((await openTokenizer(folder)).padToken, '<pad>');
});

test("open tokenizer: CamemBERT puts fairseq's ids before all pieces but the first", async () => {
  const folder = folderWith({
    'sentencepiece.bpe.model': sentencePieceBytes({ pieces: PIECES }),
    'config.json': { model_type: 'camembert' },
  });
  assert.deepEqual(await ids(folder, 'ab x<mask>'), [5, 8, 9, 7, 3, 11, 6]);
});

test("open tokenizer: DeBERTa's mask comes behind the vocabulary, and punctuation stands alone where it is asked for", async () => {
  const special = ['[PAD]', '[CLS]', '[SEP]', '[UNK]'].map((piece, i) => [piece, 0, i === 3 ? 2 : 3] as const);
  const pieces: SentencePieceParams['pieces'] = [...special, ['▁', -2, 1], ['▁a', -1, 1], ['.', -1, 1], ['▁.', -9, 1], ['a', -1, 1]];
  const build = (config: object) =>
    folderWith({ 'spm.model': sentencePieceBytes({ pieces, unknownId: 3 }), 'tokenizer_config.json': config });
  const plain = build({ tokenizer_class: 'DebertaV2Tokenizer' });
  assert.deepEqual(await ids(plain, '  a. A [MASK]'), [1, 5, 6, 4, 3, 9, 2]);
  assert.deepEqual(
    await ids(build({ tokenizer_class: 'DebertaV2Tokenizer', do_lower_case: true, split_by_punct: true }), 'a.A'),
    [1, 5, 4, 6, 5, 2],
  );
});

test('open tokenizer: ALBERT lower-cases, drops accents, straightens quotes and keeps digits from commas', async () => {
  const special = ['<pad>', '<unk>', '[CLS]', '[SEP]', '[MASK]'].map((piece, i) => [piece, 0, i === 1 ? 2 : 3] as const);
  const pieces: SentencePieceParams['pieces'] = [
    ...special,
    ['▁e', -1, 1],
    ['▁', -3, 1],
    ['"', -2, 4],
    ['▁1,', -1, 1],
    ['▁1', -2, 1],
    [',', -2, 1],
  ];
  const folder = folderWith({ 'spiece.model': sentencePieceBytes({ pieces, unknownId: 1 }), 'config.json': { model_type: 'albert' } });
  assert.deepEqual(await ids(folder, 'É ``  1,'), [2, 5, 6, 7, 9, 10, 3]);
});

test('open tokenizer: the hash covers what was built, not other files', async () => {
  const files = { 'vocab.txt': VOCAB, 'config.json': { model_type: 'bert' } };
  const hash = async (more: object) => (await openTokenizer(folderWith({ ...files, ...more }))).hash;
  assert.equal(await hash({}), await hash({ 'tokenizer_config.json': { do_lower_case: true, model_max_length: 512 } }));
  assert.notEqual(await hash({}), await hash({ 'tokenizer_config.json': { do_lower_case: false } }));
  assert.notEqual(await hash({}), await hash({ 'vocab.txt': `${VOCAB}\nmore` }));
});

const SAVE_FAST = 'Download the whole encoder, or save a fast tokenizer (tokenizer.json) into the folder.';

const REFUSED: readonly (readonly [why: string, files: Record<string, unknown>, message: (folder: string) => string])[] = [
  ['a folder without any', {}, (folder) => `${folder}: It has no tokenizer: neither tokenizer.json nor vocab.txt. ${SAVE_FAST}`],
  [
    'a folder that lacks one of two files',
    { 'vocab.json': VOCAB_JSON, 'config.json': { model_type: 'roberta' } },
    (folder) => `${folder}: It has no tokenizer: neither tokenizer.json nor vocab.json with merges.txt nor vocab.txt. ${SAVE_FAST}`,
  ],
  [
    'a vocabulary that nothing tells the use of',
    { 'spiece.model': sentencePieceBytes({ pieces: PIECES }), 'config.json': { model_type: 't5' } },
    (folder) => `${folder}: It has neither tokenizer.json nor vocab.txt, and its files do not say how to use spiece.model. ${SAVE_FAST}`,
  ],
  [
    'a class that is not known',
    { 'vocab.txt': VOCAB, 'config.json': { tokenizer_class: 'BertJapaneseTokenizer' } },
    (folder) =>
      `${folder}: It has no tokenizer.json, and its tokenizer_class "BertJapaneseTokenizer" cannot be built from a vocabulary. Save a fast tokenizer (tokenizer.json) into the folder.`,
  ],
  [
    'a class that is not a word',
    { 'vocab.txt': VOCAB, 'tokenizer_config.json': { tokenizer_class: ['Bert'] } },
    (folder) =>
      `${path.join(folder, 'tokenizer_config.json')}: tokenizer_class: Expected a word, got ["Bert"]. ` +
      'If its tokenizer.json is complete, write "tokenizer_class": "PreTrainedTokenizerFast" into its tokenizer_config.json.',
  ],
  [
    'a vocab.txt without special tokens',
    { 'vocab.txt': 'who\n[SEP]\n' },
    (folder) =>
      `${path.join(folder, 'vocab.txt')}: It has no "[UNK]", no "[CLS]", which tokenisation needs. Download it again, or name the special tokens in special_tokens_map.json.`,
  ],
  [
    'a vocab.json whose ids are none',
    { 'vocab.json': { a: 'b' }, 'merges.txt': MERGES, 'config.json': { model_type: 'roberta' } },
    (folder) => `${path.join(folder, 'vocab.json')}: This is not a vocabulary: "b" is not an id for "a". Download it again.`,
  ],
  [
    'a line of merges.txt that is not a pair',
    { 'vocab.json': VOCAB_JSON, 'merges.txt': `${MERGES}a b c\n`, 'config.json': { model_type: 'roberta' } },
    (folder) =>
      `${path.join(folder, 'merges.txt')}:4: This is not a pair of tokens: "a b c". Download it again, together with its vocab.json.`,
  ],
  [
    'a line of merges.txt that makes no token',
    { 'vocab.json': VOCAB_JSON, 'merges.txt': 'b a\n', 'config.json': { model_type: 'roberta' } },
    (folder) =>
      `${path.join(folder, 'merges.txt')}:1: "b a" makes "ba", which vocab.json does not have. Download it again, together with its vocab.json.`,
  ],
  [
    'a tokenizer.json that is none',
    { 'tokenizer.json': { model: { type: 'Unigram' } }, 'vocab.txt': VOCAB },
    (folder) =>
      `${path.join(folder, 'tokenizer.json')}: This tokenizer is not supported (model.vocab is not a list of tokens). ${SAVE_FAST}`,
  ],
];

for (const [why, files, message] of REFUSED) {
  test(`open tokenizer: refuses ${why}`, async () => {
    const folder = folderWith(files);
    await assert.rejects(openTokenizer(folder), { code: 'TOKENIZER', message: message(folder) });
  });
}

test('open tokenizer: a file that is not JSON is named', async () => {
  const spoilt = folderWith({ 'vocab.json': '{', 'merges.txt': MERGES, 'config.json': { model_type: 'roberta' } });
  await assert.rejects(openTokenizer(spoilt), {
    code: 'TOKENIZER',
    message: new RegExp(`^${path.join(spoilt, 'vocab.json')}: This is not JSON \\(.+\\)\\. Download it again\\.$`),
  });
  const folder = folderWith({ 'vocab.txt': VOCAB, 'special_tokens_map.json': '[' });
  await assert.rejects(openTokenizer(folder), {
    code: 'FORMAT',
    message: new RegExp(`^${path.join(folder, 'special_tokens_map.json')}: This is not JSON \\(.+\\)\\. Download it again\\.$`),
  });
});

test('open tokenizer: what config.json says can be given', async () => {
  const folder = folderWith({ 'vocab.txt': MPNET });
  assert.deepEqual([...(await openTokenizer(folder, { model_type: 'mpnet' })).encode('who', 10).ids], [0, 4, 2]);
});

for (const name of ['', null, 'PreTrainedTokenizer', 'PreTrainedTokenizerFast', 'TokenizersBackend', 'AutoTokenizer']) {
  test(`open tokenizer: a vocabulary whose tokenizer_class is ${JSON.stringify(name)} is of the network's kind`, async () => {
    const folder = folderWith({ 'vocab.txt': MPNET, 'tokenizer_config.json': { tokenizer_class: name } });
    assert.deepEqual([...(await openTokenizer(folder, { model_type: 'mpnet' })).encode('who', 10).ids], [0, 4, 2]);
  });
}

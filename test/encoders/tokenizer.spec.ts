import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { TextTokenizer } from '../../src/encoders/tokenizer.ts';
import { expected, oracleFolders, ownOracle, unpaddedIds } from '../oracles.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';
import { tinyTokenizer } from '../tiny-encoder.ts';

const folder = temporaryFolder();
const tiny = path.join(folder, 'tokenizer.json');
writeFileSync(tiny, JSON.stringify(tinyTokenizer()));

const FAMILIES = [
  'albert',
  'bert-cased',
  'bert-uncased',
  'bigbird',
  'deberta-v2',
  'deberta-v3',
  'distilbert',
  'electra',
  'longformer',
  'longformer-bert',
  'minilm',
  'modernbert',
  'mpnet',
  'mt5',
  'roberta',
  't5',
  'umt5',
];

for (const { name, folder: oracleFolder, at, skip } of FAMILIES.flatMap((family) => oracleFolders(family))) {
  test(`tokenizer: ids of ${name} equal the reference's on strange texts too`, { skip }, async () => {
    const tokenizer = await TextTokenizer.read(at('tokenizer.json'));
    const oracle = expected(oracleFolder);
    for (const [i, text] of oracle.texts.entries()) {
      assert.deepEqual([...tokenizer.encode(text, oracle.max_length).ids], unpaddedIds(oracle, i), `text ${i}`);
    }
  });
}

test(
  "tokenizer: ids and tokens equal the reference's with the full character map of SentencePiece",
  { skip: unlessShared('oracles/tokenizer-unigram-nmt-nfkc') },
  async () => {
    const tokenizer = await TextTokenizer.read(shared('oracles/tokenizer-unigram-nmt-nfkc/tokenizer.json'));
    const oracle = JSON.parse(readFileSync(shared('oracles/tokenizer-unigram-nmt-nfkc/expected.json'), 'utf8')) as {
      texts: string[];
      input_ids: number[][];
      tokens: string[][];
    };
    for (const [i, text] of oracle.texts.entries()) {
      assert.deepEqual([...tokenizer.encode(text, Infinity).ids], oracle.input_ids[i], `text ${i}`);
      assert.deepEqual(tokenizer.body(text).tokens, oracle.tokens[i]!.slice(1, -1), `text ${i}`);
    }
  },
);

test('tokenizer: truncation and padding baked into the file do not count', async () => {
  const tokenizer = await TextTokenizer.read(tiny);
  assert.equal(tokenizer.encode('what is the a b c', 100).ids.length, 8);
  assert.deepEqual([...tokenizer.encode('what', 100).ids], [2, 56, 3]);
});

test('tokenizer: a text is cut at the limit, special tokens kept, and its whole length told', async () => {
  const tokenizer = await TextTokenizer.read(tiny);
  const { ids, total } = tokenizer.encode('what who where is', 4);
  assert.deepEqual([...ids], [2, 56, 57, 3]);
  assert.equal(total, 6);
});

test('tokenizer: an empty text has its special tokens alone', async () => {
  assert.deepEqual([...(await TextTokenizer.read(tiny)).encode('', 10).ids], [2, 3]);
});

test('tokenizer: special tokens that a text spells out are those tokens', async () => {
  assert.deepEqual([...(await TextTokenizer.read(tiny)).encode('[SEP]what[PAD]', 10).ids], [2, 3, 56, 0, 3]);
});

test('tokenizer: an unpaired surrogate is an unknown character', () => {
  const json = { ...tinyTokenizer(), normalizer: null };
  const tokenizer = TextTokenizer.parse(JSON.stringify(json), { where: 'here' });
  assert.deepEqual([...tokenizer.encode('what \ud800 \udc00\ud83d', 10).ids], [2, 56, 1, 1, 3]);
});

function padTokenOf(json: object, padToken?: string): string | undefined {
  return TextTokenizer.parse(JSON.stringify(json), { where: 'here', padToken }).padToken;
}

test('tokenizer: the padding token is the one that is named, baked in, or usual', () => {
  const json = tinyTokenizer();
  assert.equal(padTokenOf(json), '[PAD]');
  assert.equal(padTokenOf({ ...json, padding: { pad_token: '[SEP]' } }), '[SEP]');
  assert.equal(padTokenOf(json, '[CLS]'), '[CLS]');
  assert.equal(padTokenOf({ ...json, padding: null }), '[PAD]');
});

test('tokenizer: the hash tells one file from another, and this version from one that gives other ids', async () => {
  const { hash } = await TextTokenizer.read(tiny);
  const text = readFileSync(tiny, 'utf8');
  assert.equal(hash, TextTokenizer.parse(text, { where: 'here' }).hash);
  assert.notEqual(hash, TextTokenizer.parse(`${text} `, { where: 'here' }).hash);
  assert.equal(hash, createHash('sha256').update(`tokenizer 2\n${text}`).digest('hex'));
});

test('tokenizer: the time for a long text grows with its length, whatever it is made of', async () => {
  const begun = performance.now();
  for (const family of ['bert-uncased', 'deberta-v3', 'roberta']) {
    const tokenizer = await TextTokenizer.read(ownOracle(family, 'tokenizer.json'));
    for (const unit of ['what is it? ', 'ab', '我喜', 'e\u0301', '[CLS]', '[CL', ' ']) {
      const { ids, total } = tokenizer.encode(unit.repeat(200_000 / unit.length), 16);
      assert.ok(ids.length <= 16 && total >= ids.length, `${family}: ${JSON.stringify(unit)}`);
    }
  }
  // Some 2 s; with quadratic time it would be minutes.
  assert.ok(performance.now() - begun < 30_000);
});

test('tokenizer: a missing file and a file that is none are refused in one line', async () => {
  const missing = path.join(folder, 'none.json');
  await assert.rejects(TextTokenizer.read(missing), {
    code: 'TOKENIZER',
    message: `${missing}: The tokenizer cannot be read (ENOENT: no such file or directory, open '${missing}'). An encoder needs its tokenizer.json in the folder of its ONNX file, or one above.`,
  });
  const wrong = path.join(folder, 'wrong.json');
  writeFileSync(wrong, '{"model": {}}');
  await assert.rejects(TextTokenizer.read(wrong), {
    code: 'TOKENIZER',
    message: /^.*wrong\.json: This tokenizer is not supported \(.+\)\. An encoder needs its tokenizer\.json in the folder of/,
  });
});

function refuses(json: unknown, what: string): void {
  assert.throws(() => TextTokenizer.parse(JSON.stringify(json), { where: 'x.json', hint: 'Mend it.' }), {
    code: 'TOKENIZER',
    message: `x.json: This tokenizer is not supported (${what}). Mend it.`,
  });
}

test('tokenizer: a file that is spoilt is refused when it is opened', () => {
  const json = tinyTokenizer();
  refuses([], 'it is not an object');
  refuses({ ...json, model: null }, 'model is not an object');
  refuses({ ...json, normalizer: 'BertNormalizer' }, 'normalizer is not an object');
  refuses({ ...json, pre_tokenizer: { type: 'Nothing' } }, 'pre_tokenizer "Nothing" is not supported');
  refuses({ ...json, added_tokens: {} }, 'added_tokens is not a list');
  refuses({ ...json, added_tokens: [{ id: 1 }] }, 'added_tokens[0].content is not a string');
  refuses({ ...json, added_tokens: [{ id: 1.5, content: 'new' }] }, 'added_tokens[0].id is not a token id');
});

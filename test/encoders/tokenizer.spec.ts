import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { TextTokenizer } from '../../src/encoders/tokenizer.ts';
import { expected, unpaddedIds } from '../oracles.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';
import { tinyTokenizer } from '../tiny-encoder.ts';

const folder = temporaryFolder();
const tiny = path.join(folder, 'tokenizer.json');
writeFileSync(tiny, JSON.stringify(tinyTokenizer()));

// bigbird and deberta need a normaliser that the library does not have yet.
for (const family of ['bert-cased', 'bert-uncased', 'distilbert', 'electra', 'longformer', 'longformer-bert', 'minilm', 'modernbert', 'mpnet', 'roberta']) {
  test(`tokenizer: ids of ${family} equal the reference's on strange texts too`, { skip: unlessShared('oracles', family) }, async () => {
    const tokenizer = await TextTokenizer.read(shared('oracles', family, 'tokenizer.json'));
    const oracle = expected(family);
    for (const [i, text] of oracle.texts.entries()) {
      assert.deepEqual([...tokenizer.encode(text, oracle.max_length).ids], unpaddedIds(oracle, i), `text ${i}`);
    }
  });
}

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

test('tokenizer: a missing file and a file that is none are refused in one line', async () => {
  const missing = path.join(folder, 'none.json');
  await assert.rejects(TextTokenizer.read(missing), {
    code: 'TOKENIZER',
    message: `${missing}: The tokenizer cannot be read (ENOENT: no such file or directory, open '${missing}'). An encoder needs its tokenizer.json beside (or above) its ONNX file.`,
  });
  const wrong = path.join(folder, 'wrong.json');
  writeFileSync(wrong, '{"model": {}}');
  await assert.rejects(TextTokenizer.read(wrong), { code: 'TOKENIZER', message: /^.*wrong\.json: This is no tokenizer that can be used \(.+\)\. An encoder needs its tokenizer\.json beside/ });
});

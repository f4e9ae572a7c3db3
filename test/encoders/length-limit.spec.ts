import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { exportedPositions, lengthLimit, tablePositions } from '../../src/encoders/length-limit.ts';
import { temporaryFolder } from '../temporary.ts';
import { tinyModel } from '../tiny-encoder.ts';

const root = temporaryFolder();
let count = 0;
async function limit(files: Record<string, unknown>): Promise<number> {
  const folder = path.join(root, String(count++));
  mkdirSync(folder);
  for (const [name, value] of Object.entries(files)) writeFileSync(path.join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  return lengthLimit({ folder, positions: () => exportedPositions({ folder, graph: tinyModel().graph! }) });
}

const config = { 'config.json': { model_type: 'bert', max_position_embeddings: 300 } };
const tokenizer = { 'tokenizer_config.json': { model_max_length: 200 } };

test('length limit: sentence_bert_config.json, then tokenizer_config.json, then config.json, then the position table', async () => {
  assert.equal(await limit({ ...config, ...tokenizer, 'sentence_bert_config.json': { max_seq_length: 100 } }), 100);
  assert.equal(await limit({ ...config, ...tokenizer }), 200);
  assert.equal(await limit(config), 300);
  assert.equal(await limit({}), 40);
});

test('length limit: arguments of a sentence encoder\'s tokenizer come first, and each name of its file counts', async () => {
  assert.equal(
    await limit({
      ...config,
      ...tokenizer,
      'sentence_bert_config.json': { max_seq_length: 100, tokenizer_args: { model_max_length: 90 } },
    }),
    90,
  );
  assert.equal(await limit({ ...config, ...tokenizer, 'sentence_xlm-roberta_config.json': { max_seq_length: 100 } }), 100);
  assert.equal(await limit({ ...config, ...tokenizer, 'sentence_bert_config.json': { max_seq_length: null } }), 200);
});

test('length limit: the least of what the tokenizer and the positions say, under the tokenizer\'s older word too', async () => {
  assert.equal(await limit({ ...config, 'tokenizer_config.json': { model_max_length: 400 } }), 300);
  assert.equal(await limit({ ...config, 'tokenizer_config.json': { max_len: 200 } }), 200);
  assert.equal(await limit({ ...config, 'tokenizer_config.json': { model_max_length: null, max_len: 200 } }), 300);
});

function wrong(file: string, key: string, shown: string): object {
  return {
    code: 'FORMAT',
    message: new RegExp(`/${file}: ${key}: It is ${shown}, where a length in tokens is wanted\\. Correct the file, or fetch it again\\.$`),
  };
}

test('length limit: a length that is none is refused', async () => {
  for (const [value, shown] of [[0, '0'], [-1, '-1'], [2.5, '2\\.5'], ['512', '"512"'], [true, 'true'], [[], '\\[\\]']] as const) {
    await assert.rejects(
      limit({ 'tokenizer_config.json': { model_max_length: value } }),
      wrong('tokenizer_config.json', 'model_max_length', shown),
    );
    await assert.rejects(
      limit({ 'sentence_bert_config.json': { max_seq_length: value } }),
      wrong('sentence_bert_config.json', 'max_seq_length', shown),
    );
  }
});

test('length limit: a number that means "none" is passed over', async () => {
  assert.equal(await limit({ ...config, 'tokenizer_config.json': { model_max_length: 1e30 } }), 300);
});

test('length limit: positions that RoBERTa never uses do not count', async () => {
  assert.equal(await limit({ 'config.json': { model_type: 'roberta', max_position_embeddings: 514 } }), 512);
  assert.equal(await limit({ 'config.json': { model_type: 'longformer', pad_token_id: 0, max_position_embeddings: 514 } }), 513);
  assert.equal(await limit({ 'config.json': { model_type: 'mpnet', pad_token_id: 0, max_position_embeddings: 514 } }), 512);
});

test('length limit: a config that is no JSON is said', async () => {
  await assert.rejects(limit({ 'config.json': '{' }), { code: 'FORMAT', message: /config\.json: This is no JSON \(.*\)\. Fetch it again\.$/ });
});

test('length limit: a table of relative positions is no position table', () => {
  const graph = tinyModel().graph!;
  assert.equal(tablePositions(graph, undefined), 40);
  const positions = graph.initializer.find(({ dims }) => dims[0] === 40n)!;
  positions.dims = [40n, 2n];
  assert.equal(tablePositions(graph, undefined), undefined);
});

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { exportEncoder } from '../../src/encoders/export.ts';
import { sentenceModules, transformerFolder } from '../../src/encoders/sentence-modules.ts';
import { bench } from '../bench/bench.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { writeTinyTokenizer } from '../tiny-tokenizer.ts';

const plain = ownOracle('minilm');

/** A sentence-transformers folder in the layout of older versions. */
function older(): string {
  const folder = temporaryFolder();
  cpSync(plain, folder, { recursive: true });
  mkdirSync(path.join(folder, '0_Transformer'));
  for (const file of [
    'config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
    'special_tokens_map.json',
    'vocab.txt',
    'sentence_bert_config.json',
  ]) {
    renameSync(path.join(folder, file), path.join(folder, '0_Transformer', file));
  }
  const modules = JSON.parse(readFileSync(path.join(folder, 'modules.json'), 'utf8')) as { path: string }[];
  modules[0]!.path = '0_Transformer';
  writeFileSync(path.join(folder, 'modules.json'), JSON.stringify(modules));
  return folder;
}

test('sentence modules: the transformer is looked for where modules.json says, whatever lies here, unless that leads out or is nothing', () => {
  const folder = temporaryFolder();
  const saying = (at: unknown) => {
    writeFileSync(path.join(folder, 'modules.json'), JSON.stringify([{ type: 'sentence_transformers.models.Transformer', path: at }]));
    return transformerFolder(folder);
  };
  assert.equal(transformerFolder(folder), folder);
  assert.equal(saying('inner'), folder);
  mkdirSync(path.join(folder, 'inner'));
  writeFileSync(path.join(folder, 'inner', 'config.json'), '{}');
  assert.equal(saying('inner'), path.join(folder, 'inner'));
  for (const odd of ['../inner', path.join(folder, 'inner'), 7, null]) assert.equal(saying(odd), folder);
  writeFileSync(path.join(folder, 'modules.json'), '{');
  assert.equal(transformerFolder(folder), folder);
  writeFileSync(path.join(folder, 'config.json'), '{}');
  assert.equal(saying('inner'), path.join(folder, 'inner'));
  for (const here of ['', '.', 'nowhere']) assert.equal(saying(here), path.join(folder));
  writeFileSync(path.join(folder, 'modules.json'), JSON.stringify([{ type: 'custom_st.Transformer', path: 'inner' }]));
  assert.equal(transformerFolder(folder), folder);
});

test("sentence modules: a class is called by its last word only where it is sentence-transformers' own", () => {
  const kinds = [
    'sentence_transformers.models.Pooling',
    'sentence_transformers.sentence_transformer.modules.pooling.Pooling',
    'custom_st.Transformer',
    'my.lib.Pooling',
    'Pooling',
    7,
  ];
  assert.deepEqual(
    sentenceModules(kinds.map((type) => ({ type, path: '' })))!.map(({ kind }) => kind),
    ['Pooling', 'Pooling', 'custom_st.Transformer', 'my.lib.Pooling', 'Pooling', ''],
  );
});

test('sentence modules: of weights in two places those are read that modules.json names, and that is said', async () => {
  const folder = writeTinyCheckpoint(temporaryFolder(), {
    change: (shapes) => void shapes.set('embeddings.word_embeddings.weight', [19, 8]),
  });
  const inner = writeTinyCheckpoint(path.join(folder, '0_Transformer'));
  writeTinyTokenizer(inner);
  writeFileSync(
    path.join(folder, 'modules.json'),
    JSON.stringify([{ type: 'sentence_transformers.models.Transformer', path: '0_Transformer' }]),
  );
  const { vocabulary, notes } = await openEncoder({ name: 'tiny', folder, onnx: undefined, revision: '' });
  assert.equal(vocabulary, 20);
  assert.deepEqual(notes, ['It has two sets of weights: 0_Transformer is used, as its modules.json says; model.safetensors is ignored.']);
});

test('sentence modules: a folder of the older layout is the same encoder', async () => {
  const [a, b] = await Promise.all(
    [plain, older()].map((folder) => openEncoder({ name: 'minilm', folder, onnx: undefined, revision: '' })),
  );
  assert.deepEqual(
    [b!.fileHash, b!.tokenizer.hash, b!.maxLength, b!.published, b!.states],
    [a!.fileHash, a!.tokenizer.hash, a!.maxLength, a!.published, a!.states],
  );
});

test('sentence modules: the command line takes it, and an export has all in one folder', async () => {
  const root = temporaryFolder();
  const folder = older();
  writeFileSync(path.join(root, 'texts.txt'), 'who is it?\n');
  const vectors: Buffer[] = [];
  for (const [i, model] of [plain, folder].entries()) {
    const out = path.join(root, `${i}.npy`);
    const { status, err } = await bench(
      ['embed', '--model', model, '--input', path.join(root, 'texts.txt'), '--pooling', 'as-published', '--out', out, '--quiet'],
      { cache: path.join(root, 'cache') },
    );
    assert.equal(status, 0, err);
    vectors.push(readFileSync(out));
  }
  assert.deepEqual(vectors[1], vectors[0]);
  const out = path.join(root, 'exported');
  const { files } = await exportEncoder({ name: 'minilm', folder, out, dtype: 'fp32' });
  assert.deepEqual(files.toSorted(), [
    '1_Pooling/config.json',
    'config.json',
    'config_sentence_transformers.json',
    'modules.json',
    'onnx/model.onnx',
    'sentence_bert_config.json',
    'special_tokens_map.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  assert.ok(files.every((file) => existsSync(path.join(out, file))));
  assert.equal((JSON.parse(readFileSync(path.join(out, 'modules.json'), 'utf8')) as { path: string }[])[0]!.path, '');
  const { published, maxLength } = await openEncoder({
    name: 'minilm',
    folder: out,
    onnx: path.join(out, 'onnx', 'model.onnx'),
    revision: '',
  });
  const whole = await openEncoder({ name: 'minilm', folder, onnx: undefined, revision: '' });
  assert.ok('steps' in published);
  assert.deepEqual([published, maxLength], [whole.published, 12]);
});

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { writeSnapshot } from './snapshot.ts';
import { COMMIT, forbidden, open, serveHub, temporary } from './server.ts';

const CHECKPOINT = {
  'config.json': '{"model_type":"bert"}',
  'pytorch_model.bin': 'weights '.repeat(500),
  'tf_model.h5': 'not wanted',
  'flax_model.msgpack': 'not wanted',
  'vocab.txt': '[UNK]',
  'tokenizer_config.json': '{}',
  'README.md': 'not wanted',
};

test('hub: a repository without an ONNX file gives its checkpoint: weights, configuration, vocabulary, and nothing else', async (t) => {
  const server = await serveHub(t, { name: 'org/tiny', files: CHECKPOINT, large: ['pytorch_model.bin', 'tf_model.h5'] });
  const { sources, hub, folder } = open(t, { env: { HF_ENDPOINT: server.url } });
  const bytes = ['config.json', 'pytorch_model.bin', 'vocab.txt', 'tokenizer_config.json'].reduce(
    (sum, name) => sum + CHECKPOINT[name as keyof typeof CHECKPOINT].length,
    0,
  );
  assert.deepEqual(await sources.planHubModel({ source: 'hf:org/tiny' }), { state: 'download', bytes });
  const found = await sources.fetchHubModel({ source: 'hf:org/tiny' });
  assert.deepEqual(
    [found.onnx, found.folder, found.revision],
    [undefined, path.join(hub, 'models--org--tiny', 'snapshots', COMMIT), COMMIT],
  );
  assert.deepEqual([...found.files.keys()].toSorted(), ['config.json', 'pytorch_model.bin', 'tokenizer_config.json', 'vocab.txt']);
  const { fetch, calls } = forbidden();
  const again = open(t, { offline: true, fetch }, folder).sources;
  assert.deepEqual([...(await again.fetchHubModel({ source: 'hf:org/tiny' })).files], [...found.files]);
  assert.deepEqual(await again.planHubModel({ source: 'hf:org/tiny' }), { state: 'cached', bytes: 0 });
  assert.deepEqual(calls, []);
});

test('hub: an encoder with an adapter for each of several tasks gives its checkpoint, whose ONNX file asks for the task', async (t) => {
  const files = {
    'config.json': '{"model_type":"xlm-roberta","lora_adaptations":["a","b"]}',
    'tokenizer.json': '{}',
    'model.safetensors': 'c',
    'onnx/model.onnx': 'd',
    'custom_st.py': 'e',
  };
  const server = await serveHub(t, { name: 'org/tiny', files });
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  const found = await sources.fetchHubModel({ source: 'hf:org/tiny' });
  assert.equal(found.onnx, undefined);
  assert.deepEqual([...found.files.keys()].toSorted(), ['config.json', 'model.safetensors', 'tokenizer.json']);
});

test('hub: modules come from the folders that modules.json names, whatever they are called; from a cache without a listing, too', async (t) => {
  const list = [
    ['Transformer', ''],
    ['Pooling', 'pool'],
    ['Dense', '2_Dense-head'],
    ['Dense', 'heads/second/'],
    ['LayerNorm', 'norm'],
    ['Normalize', 'n'],
    ['Other', 'other'],
    ['Dense', '../out'],
  ];
  const modules = JSON.stringify(list.map(([kind, at]) => ({ type: `sentence_transformers.models.${kind}`, path: at })));
  const wanted = {
    'config.json': '{}',
    'tokenizer.json': '{}',
    'tokenizer_config.json': '{}',
    'sentence_bert_config.json': '{}',
    'model.safetensors': 'a',
    'modules.json': modules,
    'pool/config.json': '{"a":1}',
    '2_Dense-head/config.json': '{"a":2}',
    '2_Dense-head/model.safetensors': 'b',
    'heads/second/config.json': '{"a":3}',
    'heads/second/pytorch_model.bin': 'c',
    'norm/config.json': '{"a":4}',
    'norm/model.safetensors': 'd',
    'other/config.json': '{"a":5}',
  };
  const beside = {
    '2_Dense-head/pytorch_model.bin': 'e',
    'norm/README.md': 'f',
    'other/model.safetensors': 'g',
    'unnamed/config.json': '{"a":6}',
  };
  const server = await serveHub(t, { name: 'org/tiny', files: { ...wanted, ...beside } });
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  const names = Object.keys(wanted).toSorted();
  assert.deepEqual([...(await sources.fetchHubModel({ source: 'hf:org/tiny' })).files.keys()].toSorted(), names);
  assert.deepEqual(await sources.planHubModel({ source: 'hf:org/tiny' }), { state: 'cached', bytes: 0 });
  const python = open(t, { offline: true });
  writeSnapshot(python.hub, { ...wanted, ...beside });
  assert.deepEqual([...(await python.sources.fetchHubModel({ source: 'hf:org/tiny' })).files.keys()].toSorted(), names);
});

test('hub: of adapters in folders the weights of one task are fetched, and of all what tells that they are there', async (t) => {
  const whole = { 'config.json': '{}', 'tokenizer.json': '{}', 'model.safetensors': 'c' };
  const told = { 'a/adapter_config.json': '{"r":1}', 'b/adapter_config.json': '{"r":2}', 'adapters/c/adapter_config.json': '{"r":3}' };
  const weights = {
    'a/adapter_model.safetensors': 'a',
    'a/adapter_model.bin': 'old',
    'b/adapter_model.bin': 'b',
    'adapters/c/adapter_model.safetensors': 'd',
  };
  const beside = {
    'checkpoint-10/adapter_config.json': '{}',
    'deep/x/adapter_config.json': '{}',
    'a/README.md': '',
    'a/tokenizer.json': '{}',
  };
  const server = await serveHub(t, { name: 'org/tiny', files: { ...whole, ...told, ...weights, ...beside } });
  const { sources, folder } = open(t, { env: { HF_ENDPOINT: server.url } });
  for (const [task, own] of [
    [undefined, []],
    ['none', []],
    ['a', ['a/adapter_model.safetensors']],
    ['b', ['b/adapter_model.bin']],
  ] as const) {
    const { files } = await sources.fetchHubModel({ source: 'hf:org/tiny', checkpoint: true, task });
    assert.deepEqual([...files.keys()].toSorted(), [...Object.keys({ ...whole, ...told }), ...own].toSorted(), task);
    const { fetch, calls } = forbidden();
    const again = open(t, { offline: true, fetch }, folder).sources;
    assert.deepEqual([...(await again.fetchHubModel({ source: 'hf:org/tiny', checkpoint: true, task })).files], [...files]);
    assert.deepEqual(calls, []);
  }
});

test('hub: safetensors go before torch files, and an index brings its shards', async (t) => {
  const sharded = {
    'config.json': '{}',
    'tokenizer.json': '{}',
    'model.safetensors.index.json': '{"weight_map":{}}',
    'model-00001-of-00002.safetensors': 'a',
    'model-00002-of-00002.safetensors': 'b',
    'pytorch_model.bin': 'c',
  };
  const server = await serveHub(t, { name: 'org/tiny', files: sharded });
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  const { files } = await sources.fetchModel({
    key: 'tiny',
    aliases: [],
    variants: [{ dtype: 'fp32', from: 'hf:org/tiny@main', files: {} }],
  });
  assert.deepEqual([...files.keys()].toSorted(), [
    'config.json',
    'model-00001-of-00002.safetensors',
    'model-00002-of-00002.safetensors',
    'model.safetensors.index.json',
    'tokenizer.json',
  ]);
});

test('hub: modules come with their configuration, and with the weights that are read', async (t) => {
  const encoder = {
    'config.json': '{}',
    'tokenizer.json': '{}',
    'model.safetensors': 'a',
    'modules.json': '[]',
    '1_Pooling/config.json': '{}',
  };
  const modules = {
    '2_Dense/config.json': '{}',
    '2_Dense/model.safetensors': 'b',
    '3_Dense/config.json': '{}',
    '3_Dense/pytorch_model.bin': 'c',
    '4_LayerNorm/config.json': '{}',
    '4_LayerNorm/model.safetensors': 'd',
    '2_Dense_1024/config.json': '{}',
    '2_Dense_1024/model.safetensors': 'i',
  };
  const beside = {
    '2_Dense/pytorch_model.bin': 'e',
    '2_Dense/README.md': '',
    '5_Other/model.safetensors': 'f',
    'deep/2_Dense/model.safetensors': 'g',
    'onnx/model.onnx': 'h',
  };
  const server = await serveHub(t, { name: 'org/tiny', files: { ...encoder, ...modules, ...beside }, large: ['model.safetensors'] });
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
  const wanted = Object.keys({ ...encoder, ...modules });
  assert.deepEqual(
    [...(await sources.fetchHubModel({ source: 'hf:org/tiny', checkpoint: true })).files.keys()].toSorted(),
    wanted.toSorted(),
  );
  // An ONNX file of the encoder includes none of them.
  const onnx = ['onnx/model.onnx', ...wanted.filter((name) => name !== 'model.safetensors')];
  assert.deepEqual([...(await sources.fetchHubModel({ source: 'hf:org/tiny' })).files.keys()].toSorted(), onnx.toSorted());
});

test('hub: an adapter is fetched with the weights in its folder; one without weights only needs its configuration', async (t) => {
  const adapter = { 'adapter_config.json': '{}', 'adapter_model.safetensors': 'a', 'adapter_model.bin': 'b' };
  const whole = { 'config.json': '{}', 'tokenizer.json': '{}', 'model.safetensors': 'c' };
  const filesOf = async (files: Readonly<Record<string, string>>): Promise<string[]> => {
    const server = await serveHub(t, { name: 'org/tiny', files });
    const { sources } = open(t, { env: { HF_ENDPOINT: server.url } });
    return [...(await sources.fetchHubModel({ source: 'hf:org/tiny', checkpoint: true })).files.keys()].toSorted();
  };
  assert.deepEqual(
    await filesOf({ ...adapter, ...whole }),
    ['adapter_config.json', 'adapter_model.safetensors', ...Object.keys(whole)].toSorted(),
  );
  assert.deepEqual(await filesOf(adapter), ['adapter_config.json', 'adapter_model.safetensors']);
  assert.deepEqual(await filesOf({ 'adapter_config.json': '{}', 'adapter_model.bin': 'b' }), ['adapter_config.json', 'adapter_model.bin']);
  await assert.rejects(filesOf({ 'adapter_model.bin': 'b' }), {
    code: 'SOURCE',
    message: `hf:org/tiny: The repository has no adapter_config.json at ${COMMIT.slice(0, 12)}. Correct the registry entry, or use another repository.`,
  });
});

test('hub: a checkpoint in shards that a Python user cached is found offline', async (t) => {
  const { fetch, calls } = forbidden();
  const { sources, hub } = open(t, { offline: true, fetch });
  const repo = path.join(hub, 'models--org--tiny');
  const snapshot = path.join(repo, 'snapshots', COMMIT);
  mkdirSync(path.join(repo, 'refs'), { recursive: true });
  mkdirSync(snapshot, { recursive: true });
  writeFileSync(path.join(repo, 'refs', 'main'), COMMIT);
  const files = {
    'config.json': '{}',
    'vocab.txt': '[UNK]',
    'model.safetensors.index.json': '{"weight_map":{"a":"model-00001-of-00001.safetensors"}}',
    'model-00001-of-00001.safetensors': 'x',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(snapshot, name), text);
  const found = await sources.fetchHubModel({ source: 'hf:org/tiny' });
  assert.deepEqual([...found.files.keys()].toSorted(), Object.keys(files).toSorted());
  assert.deepEqual(calls, []);
});

test('hub: what a checkpoint lacks is named', async (t) => {
  const refusal = async (lacking: keyof typeof CHECKPOINT, dtype?: string) => {
    const { [lacking]: _, ...files } = CHECKPOINT;
    const server = await serveHub(t, { name: 'org/tiny', files });
    return open(t, { env: { HF_ENDPOINT: server.url } })
      .sources.fetchHubModel({ source: 'hf:org/tiny', dtype })
      .catch((error: Error) => error.message);
  };
  const at = `at ${COMMIT.slice(0, 12)}. Correct the registry entry, or use another repository.`;
  assert.equal(await refusal('config.json'), `hf:org/tiny: The repository has no config.json ${at}`);
  assert.equal(
    await refusal('vocab.txt'),
    `hf:org/tiny: The repository has no tokenizer.json, and no vocabulary to build a tokenizer from ${at}`,
  );
  assert.equal(
    await refusal('pytorch_model.bin'),
    'hf:org/tiny: The repository has neither an ONNX file nor checkpoint weights. Use another repository, or `model` FOLDER.',
  );
  assert.equal(
    await refusal('README.md', 'q4'),
    'hf:org/tiny: The repository has none of onnx/model_q4.onnx, model_q4.onnx; its checkpoint is available as fp32 or q8. Omit `dtype`.',
  );
});

for (const place of ['adapter_model.safetensors', '0_Transformer/model.safetensors']) {
  test(`plan: a folder with ${place} alone is there`, async (t) => {
    const folder = temporary(t);
    mkdirSync(path.dirname(path.join(folder, place)), { recursive: true });
    writeFileSync(path.join(folder, place), '');
    const { sources } = open(t, { offline: true });
    const variants = [{ dtype: 'fp32' as const, from: `file:${folder}`, files: {} }];
    assert.deepEqual(await sources.planModel({ key: 'own', aliases: [], variants }), { state: 'local', bytes: 0 });
  });
}

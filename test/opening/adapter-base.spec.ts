import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed } from '../../src/api/embed.ts';
import { writeSafetensors } from '../../src/tensors/write-safetensors.ts';
import { openEncoderRef } from '../../src/opening/open.ts';
import { ownEncoder } from '../../src/opening/encoder-ref.ts';
import { openSources } from '../../src/sources/sources.ts';
import { decoderCases, writeDecoder } from '../encoders/families/decoder-cases.ts';
import { temporaryFolder } from '../temporary.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { writeTinyTokenizer } from '../tiny-tokenizer.ts';

const root = temporaryFolder();
const sources = openSources({ cacheDir: path.join(root, 'cache'), offline: true, mirrors: [], env: { HF_HOME: path.join(root, 'hub') } });
const open = (folder: string) =>
  openEncoderRef({
    ref: ownEncoder({ value: folder, firstLayers: undefined, dtype: undefined }),
    sources,
    dtype: undefined,
    maxLength: undefined,
  });

const base = writeTinyCheckpoint(path.join(root, 'base'));
writeTinyTokenizer(base);
const files = new Map<string, Uint8Array | string>([
  [
    'adapter_model.safetensors',
    writeSafetensors(
      ['lora_A', 'lora_B'].map((part) => ({
        name: `base_model.model.encoder.layer.0.attention.self.query.${part}.weight`,
        dtype: 'F32' as const,
        shape: part === 'lora_A' ? [1, 8] : [8, 1],
        data: new Float32Array(8).fill(1),
      })),
    ),
  ],
]);
const config = (of: string) =>
  JSON.stringify({ peft_type: 'LORA', r: 1, lora_alpha: 1, target_modules: ['query'], base_model_name_or_path: of });

function writeAdapter(name: string, of: string): string {
  const folder = path.join(root, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of files) writeFileSync(path.join(folder, file), content);
  writeFileSync(path.join(folder, 'adapter_config.json'), config(of));
  return folder;
}

const both = writeAdapter('both', 'anything');
cpSync(base, both, { recursive: true });
const { fileHash } = await open(both);

for (const [what, of] of [
  ['by its whole path', base],
  ["from the adapter's folder", '../base'],
  ['from the current folder', path.relative('.', base)],
] as const) {
  test(`adapter alone: the base is found ${what}, and the two are what they are in one folder`, async () => {
    const encoder = await open(writeAdapter('alone', of));
    assert.equal(encoder.name, 'alone');
    assert.equal(encoder.depth, 2);
    // The configuration of the adapter, which names the base, is part of the hash.
    assert.notEqual(encoder.fileHash, (await open(base)).fileHash);
    writeFileSync(path.join(both, 'adapter_config.json'), config(of));
    assert.equal(encoder.fileHash, (await open(both)).fileHash);
    assert.notEqual(encoder.fileHash, fileHash);
  });
}

test("adapter alone: its own tokenizer is taken, not the base's", async () => {
  const folder = writeAdapter('own-tokenizer', base);
  writeTinyTokenizer(folder, { added: { '[NEW]': 19 } });
  writeFileSync(path.join(folder, 'tokenizer_config.json'), '{"tokenizer_class": "PreTrainedTokenizerFast"}');
  assert.equal((await open(folder)).tokenizer.encode('[NEW]', 16).ids[1], 19);
});

test('adapter alone: a sentence-transformers folder may have it in its first module', async () => {
  const folder = path.join(root, 'sentence');
  const inner = writeAdapter('sentence/0_Transformer', base);
  writeFileSync(
    path.join(folder, 'modules.json'),
    JSON.stringify([
      { idx: 0, path: '0_Transformer', type: 'sentence_transformers.models.Transformer' },
      { idx: 1, path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    ]),
  );
  mkdirSync(path.join(folder, '1_Pooling'));
  writeFileSync(path.join(folder, '1_Pooling', 'config.json'), JSON.stringify({ pooling_mode_cls_token: true }));
  assert.ok(existsSync(path.join(inner, 'adapter_config.json')));
  const { published } = await open(folder);
  assert.ok('poolings' in published);
  assert.deepEqual([published.poolings, published.steps], [['cls'], []]);
});

test('adapter alone: a base that is neither here nor a repository is named, with how to mend it', async () => {
  const folder = writeAdapter('lost', '../gone/encoder-of-mine');
  await assert.rejects(open(folder), {
    code: 'SOURCE',
    message: `${path.join(folder, 'adapter_config.json')}: base_model_name_or_path: The base encoder of the adapter, "../gone/encoder-of-mine", is neither a local folder (${path.resolve('../gone/encoder-of-mine')}, ${path.join(root, 'gone/encoder-of-mine')}) nor a hub repository. Put config.json and the weights of the base encoder into the folder, or correct base_model_name_or_path.`,
  });
});

test('adapter alone: a base on the hub that cannot be reached is named', async () => {
  const folder = writeAdapter('hub', 'org/base');
  await assert.rejects(open(folder), {
    code: 'OFFLINE',
    message:
      /adapter_config\.json: base_model_name_or_path: The base encoder of the adapter, "org\/base", is unavailable: hf:org\/base@main: It is not in the cache .* Put config\.json and the weights of the base encoder into the folder/,
  });
});

test('adapter alone: a base with an adapter of its own, or without weights, is refused', async () => {
  const second = writeAdapter('second', both);
  await assert.rejects(open(second), {
    code: 'FORMAT',
    message: /The base encoder has an adapter itself \(.*both\)\./,
  });
  const bare = path.join(root, 'bare');
  mkdirSync(bare);
  cpSync(path.join(base, 'config.json'), path.join(bare, 'config.json'));
  await assert.rejects(open(writeAdapter('third', bare)), {
    code: 'FORMAT',
    message: /The base encoder has no checkpoint weights \(.*bare\)\./,
  });
});

/** A folder of an adapter with its own config.json. */
function writeOwnConfig(name: string, values: Readonly<Record<string, unknown>>): string {
  const folder = writeAdapter(name, base);
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...TINY_CONFIG, ...values }));
  return folder;
}

test('adapter alone: a config.json of its own makes the network, as in LLM2Vec, and a note names what differs', async () => {
  const { notes, model } = await open(writeOwnConfig('own-config', { hidden_act: 'relu', layer_norm_eps: 1e-5, use_cache: false }));
  assert.deepEqual(notes, [
    `Using the adapter's own config.json: the config.json of the adapter and that of its base (${base}) differ in hidden_act, layer_norm_eps.`,
  ]);
  assert.ok(model.proto.graph!.node.some(({ opType }) => opType === 'Relu'));
});

test("adapter alone: a config.json of its own that says what the base's says needs no note", async () => {
  assert.deepEqual((await open(writeOwnConfig('same-config', { _name_or_path: 'org/base', torch_dtype: 'bfloat16' }))).notes, []);
});

test('adapter alone: of two configurations sentence-transformers reads another one, so where there is a modules.json they are refused', async () => {
  const folder = writeOwnConfig('own-and-modules', { hidden_act: 'relu' });
  writeFileSync(path.join(folder, 'modules.json'), '[]');
  await assert.rejects(open(folder), {
    code: 'FORMAT',
    message:
      `${path.join(folder, 'config.json')}: It is ambiguous which network is meant: the config.json of the adapter and that of its base (${base}) differ in hidden_act; sentence-transformers (modules.json) reads that of the base. ` +
      "Remove the adapter's config.json to use that of the base, or modules.json to use that of the adapter.",
  });
});

test('adapter alone: tokens of LLM2Vec see all, though those of its base see the ones before them', async () => {
  const decoder = writeDecoder(decoderCases().cases.find(({ name }) => name === 'llama')!);
  writeTinyTokenizer(decoder);
  const adapter = writeAdapter('llm2vec', decoder);
  writeFileSync(path.join(adapter, 'adapter_config.json'), config(decoder).replace('query', 'q_proj'));
  writeFileSync(
    path.join(adapter, 'adapter_model.safetensors'),
    writeSafetensors(
      ['lora_A', 'lora_B'].map((part) => ({
        name: `base_model.model.layers.0.self_attn.q_proj.${part}.weight`,
        dtype: 'F32' as const,
        shape: part === 'lora_A' ? [1, 16] : [16, 1],
        data: new Float32Array(16).fill(0.1),
      })),
    ),
  );
  /** Vectors of the first token, for two texts that differ in a later token. */
  const firsts = async (): Promise<number[][]> => {
    const options = {
      model: adapter,
      texts: ['the cat', 'the dog'],
      poolings: ['cls'],
      cache: path.join(root, 'cache'),
      offline: true,
    } as const;
    const { data, cols } = (await embed(options)).vectors[0]!;
    return [[...data.subarray(0, cols)], [...data.subarray(cols)]];
  };
  const [one, other] = await firsts();
  assert.deepEqual(one, other);
  const values = JSON.parse(readFileSync(path.join(decoder, 'config.json'), 'utf8')) as object;
  const own = { ...values, architectures: ['LlamaEncoderModel'], auto_map: { AutoModel: 'modeling_llama_encoder.LlamaEncoderModel' } };
  writeFileSync(path.join(adapter, 'config.json'), JSON.stringify(own));
  assert.deepEqual((await open(adapter)).notes, [
    'Custom code modeling_llama_encoder.LlamaEncoderModel is not run: attention is bidirectional, as in its published version (set "is_causal" in config.json to change this).',
    `Using the adapter's own config.json: the config.json of the adapter and that of its base (${decoder}) differ in architectures, auto_map.`,
  ]);
  const [seen, unseen] = await firsts();
  assert.notDeepEqual(seen, unseen);
});

import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readFloats } from '../../../src/tensors/read-floats.ts';
import { readStoredTensors } from '../../../src/tensors/read-safetensors.ts';
import { WeightsFile } from '../../../src/tensors/weights-file.ts';
import { buildEncoder } from '../../../src/encoders/families/build.ts';
import { temporaryFolder } from '../../temporary.ts';
import { TINY_CONFIG, writeTinyCheckpoint, type TinyCheckpoint } from '../../tiny-checkpoint.ts';
import { tensor, torchZip, type Pickled } from '../checkpoint/torch-files.ts';
import { Probe } from './oracle.ts';

const IDS = [1, 5, 7, 19, 3, 0];
const root = temporaryFolder();
let count = 0;
const folder = (options?: TinyCheckpoint) => writeTinyCheckpoint(path.join(root, String(count++)), options);

async function lastState(of: string): Promise<Float32Array> {
  const probe = await Probe.open({ folder: of });
  const states = await probe.run(IDS, { tokens: IDS.length });
  await probe.close();
  return states.at(-1)!;
}

const plain = await lastState(folder());

const PREFIXES = [
  'module.',
  '_orig_mod.',
  '0.auto_model.',
  'model.',
  'encoder.',
  'auto_model.',
  'transformer.',
  'backbone.',
  'bert.',
  'module.bert.',
  '_orig_mod.module.',
  'module._orig_mod.model.',
  'model.0.auto_model.bert.',
  'base_model.model.',
  'student.',
  'query_encoder.',
  'bert_model.',
  'net.text_encoder.',
];

for (const prefix of PREFIXES) {
  test(`names: "${prefix}" before every name of the weights changes no number`, async () => {
    assert.deepEqual(await lastState(folder({ prefix })), plain);
    assert.deepEqual(await lastState(folder({ prefix, oldNames: true })), plain);
  });
}

for (const [what, rename] of [
  ['FSDP', (name: string) => [`_fsdp_wrapped_module.${name.replace(/layer\.(\d)\./, 'layer.$1._fsdp_wrapped_module.')}`]],
  ['activation checkpointing', (name: string) => [name.replace(/layer\.(\d)\./, 'layer.$1._checkpoint_wrapped_module.')]],
  ['torch.compile of every layer', (name: string) => [name.replace(/layer\.(\d)\./, 'layer.$1._orig_mod.')]],
] as const) {
  test(`names: what ${what} puts amid names is stepped over`, async () => {
    assert.deepEqual(await lastState(folder({ rename })), plain);
  });
}

/** The tiny encoder as pytorch_model.bin, its weights in `dict` as placed by `wrap`. */
async function asBin(prefix: string, wrap: (state: Pickled) => Pickled): Promise<string> {
  const made = folder();
  const file = path.join(made, 'model.safetensors');
  const storages: Record<string, Uint8Array> = {};
  const state: [string, Pickled][] = [];
  for (const [i, stored] of WeightsFile.use(file, readStoredTensors).entries()) {
    const values = await readFloats(stored);
    storages[String(i)] = new Uint8Array(values.buffer);
    state.push([prefix + stored.name, tensor({ storage: String(i), length: values.length, shape: stored.shape, strides: stored.strides })]);
  }
  rmSync(file);
  writeFileSync(path.join(made, 'pytorch_model.bin'), torchZip(wrap({ dict: state }), storages));
  return made;
}

for (const [what, prefix, wrap] of [
  ['a plain pytorch_model.bin', 'module.', (state: Pickled) => state],
  [
    'a checkpoint of Lightning',
    'model.',
    (state: Pickled): Pickled => ({
      dict: [
        ['epoch', 3],
        ['state_dict', state],
      ],
    }),
  ],
  [
    'a checkpoint of a training loop',
    'module._orig_mod.',
    (state: Pickled): Pickled => ({
      dict: [
        ['model', state],
        ['step', 7],
      ],
    }),
  ],
  [
    'a checkpoint of DeepSpeed',
    '',
    (state: Pickled): Pickled => ({
      dict: [
        ['module', state],
        ['ds_version', '0.14'],
      ],
    }),
  ],
] as const) {
  test(`names: weights of ${what} are found`, async () => assert.deepEqual(await lastState(await asBin(prefix, wrap)), plain));
}

const REFUSED: readonly (readonly [string, TinyCheckpoint, RegExp])[] = [
  [
    'two towers',
    { rename: (name) => [`query_encoder.${name}`, `passage_encoder.${name}`] },
    /: Its weights hold 2 encoders, under "query_encoder\." and "passage_encoder\.", and it is ambiguous which one is meant\. Save only the state dict of that encoder\.$/,
  ],
  [
    'a student and its teacher',
    { rename: (name) => [`student.${name}`, `teacher.${name}`] },
    /: Its weights hold 2 encoders, under "student\." and "teacher\.",/,
  ],
  ['an encoder and its moving mean', { rename: (name) => [name, `ema.${name}`] }, /: Its weights hold 2 encoders, under "" and "ema\.",/],
  [
    'weights of another family',
    { prefix: 'module.roberta.' },
    /: Its weights have no "embeddings\.word_embeddings\.weight", with or without "bert\." or "electra\." before it; they begin module\.roberta\./,
  ],
  [
    'an adapter that is not merged',
    { rename: (name) => [name.replace('query.weight', 'query.base_layer.weight')] },
    /: Its weights hold an adapter that is not merged in \("encoder\.layer\.0\.attention\.self\.query\.base_layer\.weight"\)\. Merge it/,
  ],
  [
    'names that a wrapper alone tells apart',
    { rename: (name) => [name, `_orig_mod.${name}`] },
    /: Its weights "embeddings\.word_embeddings\.weight" and "_orig_mod\.embeddings\.word_embeddings\.weight" have the same name once wrapper prefixes are removed\./,
  ],
  [
    'a norm by its newer and its older name',
    { rename: (name) => [...new Set([name, name.replace('LayerNorm.weight', 'LayerNorm.gamma')])] },
    /: Its weights "embeddings\.LayerNorm\.weight" and "embeddings\.LayerNorm\.gamma" are the new and the old name of the same weight; it is ambiguous which one is meant\. Save the encoder with one of them\.$/,
  ],
  [
    'weights in 4 bits',
    { config: { ...TINY_CONFIG, quantization_config: { quant_method: 'bitsandbytes', load_in_4bit: true } } },
    /config\.json: quantization_config: Its weights are quantised \("bitsandbytes"\), which is not supported\./,
  ],
  ['a decoder', { config: { ...TINY_CONFIG, is_decoder: true } }, /config\.json: is_decoder: It is a causal decoder;/],
  ['pruned heads', { config: { ...TINY_CONFIG, pruned_heads: { 0: [1] } } }, /config\.json: pruned_heads: Some of its heads are pruned/],
  [
    'adapters of another library',
    { config: { ...TINY_CONFIG, adapters: { adapters: { topic: 'x' } } } },
    /config\.json: adapters: It has adapters of the library `adapters`/,
  ],
  [
    'fewer layers than config.json says',
    { config: { ...TINY_CONFIG, num_hidden_layers: 3 } },
    /: The weights lack "encoder\.layer\.2\.attention\.self\.query\.weight", expected as \[8, 8\] by config\.json\./,
  ],
  [
    'an empty table',
    { change: (shapes) => void shapes.set('embeddings.word_embeddings.weight', [0, 8]) },
    /"embeddings\.word_embeddings\.weight" is \[0, 8\], expected \[20, 8\] by config\.json\./,
  ],
];

for (const [what, options, message] of REFUSED) {
  test(`names: ${what}: refused by name`, async () => {
    await assert.rejects(buildEncoder({ folder: folder(options) }), { code: 'FORMAT', message });
  });
}

test('names: what nothing is wrong with is not refused: no adapters, no quantisation, no pruned heads', async () => {
  const config = {
    ...TINY_CONFIG,
    quantization_config: null,
    adapters: { adapters: {}, config_map: {} },
    pruned_heads: {},
    is_decoder: false,
  };
  const { notes } = await buildEncoder({ folder: folder({ config }) });
  assert.deepEqual(notes, []);
});

const notesOf = async (options: TinyCheckpoint) => (await buildEncoder({ folder: folder({ prefix: 'module.', ...options }) })).notes;

test('names: layers beyond those of config.json, and parts that the family does not know, are said; heads, poolers and buffers are not', async () => {
  assert.deepEqual(await notesOf({ config: { ...TINY_CONFIG, num_hidden_layers: 1 } }), [
    'Its weights have 1 layer beyond those in config.json (encoder.layer.1): ignored.',
  ]);
  assert.deepEqual(await notesOf({ change: (shapes) => void shapes.set('encoder.layer.0.gate.weight', [8]) }), [
    'Its weights have 1 weight inside the encoder not described by config.json (encoder.layer.0.gate.weight): ignored.',
  ]);
  assert.deepEqual(
    await notesOf({
      change: (shapes) =>
        void shapes.set('pooler.dense.weight', [8, 8]).set('cls.predictions.bias', [20]).set('embeddings.position_ids', [1, 16]),
    }),
    [],
  );
});

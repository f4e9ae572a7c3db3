import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { buildEncoder } from '../../../src/encoders/families/build.ts';
import { FAMILIES } from '../../../src/encoders/families/families.ts';
import { graphDtype } from '../../../src/encoders/graph-dtype.ts';
import { temporaryFolder } from '../../temporary.ts';
import { TINY_CONFIG, writeTinyCheckpoint, type TinyCheckpoint } from '../../tiny-checkpoint.ts';
import { Probe } from './oracle.ts';

const IDS = [1, 5, 7, 19, 3, 0];

async function lastState(options: TinyCheckpoint, dtype: 'fp32' | 'q8' = 'fp32'): Promise<Float32Array> {
  const probe = await Probe.open({ folder: writeTinyCheckpoint(temporaryFolder(), options), dtype });
  const states = await probe.run(IDS, { tokens: IDS.length });
  await probe.close();
  return states.at(-1)!;
}

test('family: weights with and without a prefix, by old and new names, are the same encoder', async () => {
  const plain = await lastState({});
  assert.ok(plain.every(Number.isFinite));
  for (const options of [{ prefix: 'bert.' }, { oldNames: true }, { prefix: 'bert.', oldNames: true }])
    assert.deepEqual(await lastState(options), plain);
});

test('family: weights stored as float16, bfloat16 and float64 give what their float32 values give', async () => {
  const plain = await lastState({});
  for (const type of ['F16', 'BF16', 'F64'] as const) assert.deepEqual(await lastState({ type }), plain);
});

test('family: 8-bit products are close, and the same whatever else is in the batch', async () => {
  const plain = await lastState({});
  const eight = await lastState({}, 'q8');
  const worst = plain.reduce((most, value, i) => Math.max(most, Math.abs(value - eight[i]!)), 0);
  assert.ok(worst > 1e-6 && worst < 0.1, `differs by ${worst}`);
  const probe = await Probe.open({ folder: writeTinyCheckpoint(temporaryFolder()), dtype: 'q8' });
  const together = await probe.run([...IDS, ...IDS.toReversed(), ...IDS], { tokens: IDS.length });
  await probe.close();
  for (const text of [0, 2]) assert.deepEqual(together.at(-1)!.subarray(text * eight.length, (text + 1) * eight.length), eight);
});

test('family: weights of every stored type become the same products in 8 bits', async () => {
  const eight = await lastState({}, 'q8');
  for (const type of ['F16', 'BF16', 'F64'] as const) {
    assert.deepEqual(await lastState({ type }, 'q8'), eight);
    const {
      model: { proto },
    } = await buildEncoder({ folder: writeTinyCheckpoint(temporaryFolder(), { type }), dtype: 'q8' });
    const { node, initializer } = proto.graph!;
    assert.equal(node.filter(({ opType }) => opType === 'MatMulNBits').length, 12);
    assert.equal(node.filter(({ opType }) => opType === 'Gemm').length, 0);
    // The matrices as stored are removed, and their casts.
    assert.deepEqual(
      initializer.filter(({ dims, externalData }) => externalData.length > 0 && dims.length > 1).map(({ name }) => name.split('.')[1]),
      ['word_embeddings', 'token_type_embeddings', 'position_embeddings'],
    );
    assert.equal(graphDtype(proto.graph!).dtype, 'q8');
  }
});

test('family: weights of another type can come into the graph as float32 numbers, without casts', async () => {
  const plain = await lastState({});
  for (const type of ['F16', 'BF16', 'F64'] as const) {
    const probe = await Probe.open({ folder: writeTinyCheckpoint(temporaryFolder(), { type }), widen: true });
    const states = await probe.run(IDS, { tokens: IDS.length });
    await probe.close();
    assert.deepEqual(states.at(-1), plain);
    const { node, initializer } = probe.built.model.proto.graph!;
    assert.equal(node.filter(({ opType }) => opType === 'Cast').length, 0);
    assert.ok(initializer.every(({ externalData }) => externalData.length === 0));
  }
});

test('family: what a checkpoint has besides the encoder is named as unused', async () => {
  const folder = writeTinyCheckpoint(temporaryFolder(), {
    change: (shapes) => void shapes.set('cls.predictions.bias', [20]).set('pooler.dense.weight', [8, 8]),
  });
  assert.deepEqual((await buildEncoder({ folder })).unused, ['cls.predictions.bias', 'pooler.dense.weight']);
});

for (const [what, options, message] of [
  [
    'a tensor that is missing',
    { change: (shapes: Map<string, number[]>) => void shapes.delete('encoder.layer.1.output.dense.weight') },
    'HERE: The weights lack "encoder.layer.1.output.dense.weight", expected as [8, 12] by config.json. Check that config.json and the ' +
      'weights belong together and that no shard is missing.',
  ],
  [
    'a tensor of another shape',
    { change: (shapes: Map<string, number[]>) => void shapes.set('encoder.layer.0.intermediate.dense.weight', [8, 12]) },
    'HERE/model.safetensors: "encoder.layer.0.intermediate.dense.weight" is [8, 12], expected [12, 8] by config.json. Check that ' +
      'config.json and the weights belong together.',
  ],
  [
    'weights of something else',
    { prefix: 'vit.' },
    'HERE: Its weights have no "embeddings.word_embeddings.weight", with or without "bert." or "electra." before it; they begin ' +
      'vit.embeddings.word_embeddings.weight, vit.embeddings.position_embeddings.weight, vit.embeddings.token_type_embeddings.weight. ' +
      'Check that config.json and the weights belong together.',
  ],
  [
    'a size that is none',
    { config: { ...TINY_CONFIG, num_hidden_layers: '12' } },
    'HERE/config.json: num_hidden_layers: Expected a whole number from 1 to 16777216, got "12". Check the checkpoint, or use ' +
      'an ONNX file of the encoder.',
  ],
  [
    'a size that is missing',
    { config: { ...TINY_CONFIG, hidden_size: null } },
    'HERE/config.json: hidden_size: Expected a whole number from 1 to 16777216, got null. Check the checkpoint, or use an ' +
      'ONNX file of the encoder.',
  ],
  [
    'no token types, where the family has them',
    { config: { ...TINY_CONFIG, type_vocab_size: 0 } },
    'HERE/config.json: type_vocab_size: Expected a whole number from 1 to 16777216, got 0. Check the checkpoint, or use an ' +
      'ONNX file of the encoder.',
  ],
  [
    'heads that do not fit',
    { config: { ...TINY_CONFIG, num_attention_heads: 3 } },
    'HERE/config.json: Width 8 is not divisible by 3 heads. Check the checkpoint.',
  ],
  [
    'an activation that is not known',
    { config: { ...TINY_CONFIG, hidden_act: 'mish' } },
    /^HERE\/config\.json: hidden_act: Expected "gelu" or "gelu_new" or .*, got "mish"\./,
  ],
  [
    'positions of another kind',
    { config: { ...TINY_CONFIG, position_embedding_type: 'relative_key' } },
    'HERE/config.json: position_embedding_type: Unsupported position embeddings "relative_key". Use an ONNX file of the encoder.',
  ],
  [
    'a family that is not known',
    { config: { model_type: 'xlnet' } },
    'HERE/config.json: model_type: Encoders of type "xlnet" are not supported; supported: ' +
      `${[...new Set(FAMILIES.flatMap(({ types }) => types))].toSorted().join(', ')}. Its ONNX export works: put ` +
      'model.onnx and tokenizer.json into a folder and give `model` FOLDER.',
  ],
] as const) {
  test(`family: ${what} is said in one line`, async () => {
    const folder = writeTinyCheckpoint(temporaryFolder(), options);
    const said = await buildEncoder({ folder }).then(
      () => 'nothing',
      (error: Error) => error.message.replaceAll(folder, 'HERE'),
    );
    if (typeof message === 'string') assert.equal(said, message);
    else assert.match(said, message);
  });
}

test('family: a folder without weights, or without config.json, says what is missing', async () => {
  const folder = writeTinyCheckpoint(temporaryFolder());
  rmSync(path.join(folder, 'model.safetensors'));
  await assert.rejects(buildEncoder({ folder }), {
    code: 'SOURCE',
    message: `${folder}: It has no weights: neither model.safetensors nor pytorch_model.bin, nor an index of either. Download the encoder again, or name another folder.`,
  });
  writeFileSync(path.join(folder, 'config.json'), '{');
  await assert.rejects(buildEncoder({ folder }), {
    code: 'FORMAT',
    message: /config\.json: The encoder's configuration cannot be read \(.*\)\. A checkpoint needs its config\.json\.$/,
  });
});

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { buildEncoder } from '../../../src/encoders/families/build.ts';
import { ownOracle } from '../../oracles.ts';
import { Probe } from './oracle.ts';
import { reconfigured } from './reconfigured.ts';
import { renamed } from './renamed.ts';

const ALBERT = ownOracle('albert');
const IDS = [2, 17, 40, 9, 61, 3];

async function lastState(folder: string): Promise<Float32Array> {
  const probe = await Probe.open({ folder });
  const states = await probe.run(IDS, { tokens: IDS.length });
  await probe.close();
  return states.at(-1)!;
}

test('albert: with its prefix or without, and where usual values are not said, it is the same encoder', async () => {
  const plain = await lastState(ALBERT);
  assert.deepEqual(await lastState(renamed(ALBERT, (name) => [name.replace('albert.', '')])), plain);
  assert.deepEqual(
    await lastState(reconfigured(ALBERT, { hidden_act: undefined, layer_norm_eps: undefined, type_vocab_size: undefined })),
    plain,
  );
  assert.notDeepEqual(await lastState(reconfigured(ALBERT, { hidden_act: 'gelu' })), plain);
});

test('albert: layers that share a weight read it once, whatever it is stored as', async () => {
  const {
    model: { proto },
    states,
  } = await buildEncoder({ folder: ALBERT });
  const { node, initializer } = proto.graph!;
  const stored = initializer.filter(({ externalData }) => externalData.length > 0);
  assert.equal(node.filter(({ opType }) => opType === 'Cast').length, stored.length);
  // Two groups of two layers, of which the first group's run twice; and the single product that widens the embeddings.
  assert.equal(node.filter(({ opType }) => opType === 'Gemm').length, 3 * 2 * 6 + 1);
  assert.equal(states.length, 1 + 3 * 2);
  assert.equal(stored.filter(({ name }) => name.endsWith('.ffn.weight')).length, 4);
});

test('albert: groups and layers that config.json does not ask for are said', async () => {
  assert.deepEqual((await buildEncoder({ folder: reconfigured(ALBERT, { num_hidden_groups: 1 }) })).notes, [
    'Its weights have 1 layer beyond those in config.json (encoder.albert_layer_groups.1): ignored.',
  ]);
  assert.deepEqual((await buildEncoder({ folder: reconfigured(ALBERT, { inner_group_num: 1 }) })).notes, [
    'Its weights have 2 layers beyond those in config.json (encoder.albert_layer_groups.0.albert_layers.1, ' +
      'encoder.albert_layer_groups.1.albert_layers.1): ignored.',
  ]);
});

const TOGETHER = 'Check that config.json and the weights belong together';
const REFUSED: readonly (readonly [string, Readonly<Record<string, unknown>>, string | RegExp])[] = [
  ['an activation that is not known', { hidden_act: 'mish' }, /^HERE\/config\.json: hidden_act: Expected "gelu" or .*, got "mish"\./],
  [
    'positions of another kind',
    { position_embedding_type: 'relative_key' },
    'HERE/config.json: position_embedding_type: Unsupported position embeddings "relative_key". Use an ONNX file of the encoder.',
  ],
  [
    'embeddings of another width',
    { embedding_size: 16 },
    /^HERE\/model\.safetensors: "albert\.embeddings\.word_embeddings\.weight" is \[\d+, 8\], expected \[\d+, 16\] by config\.json\./,
  ],
  [
    'a group that is not there',
    { num_hidden_groups: 3 },
    `HERE: The weights lack "albert.encoder.albert_layer_groups.2.albert_layers.0.attention.query.weight", expected as [16, 16] by config.json. ${TOGETHER} and that no shard is missing.`,
  ],
  [
    'a layer of a group that is not there',
    { inner_group_num: 3 },
    `HERE: The weights lack "albert.encoder.albert_layer_groups.0.albert_layers.2.attention.query.weight", expected as [16, 16] by config.json. ${TOGETHER} and that no shard is missing.`,
  ],
  ['no layers in a group', { inner_group_num: 0 }, /^HERE\/config\.json: inner_group_num: Expected a whole number from 1 to/],
  ['heads that do not fit', { num_attention_heads: 3 }, 'HERE/config.json: Width 16 is not divisible by 3 heads. Check the checkpoint.'],
];

for (const [what, change, message] of REFUSED) {
  test(`albert: ${what} is said in one line`, async () => {
    const folder = reconfigured(ALBERT, change);
    const said = await buildEncoder({ folder }).then(
      () => 'nothing',
      (error: Error) => error.message.replaceAll(folder, 'HERE').replace(path.resolve(ALBERT), 'HERE'),
    );
    if (typeof message === 'string') assert.equal(said, message);
    else assert.match(said, message);
  });
}

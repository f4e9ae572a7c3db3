import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { buildEncoder } from '../../../src/encoders/families/build.ts';
import { halvedBucket } from '../../../src/encoders/families/relative-positions.ts';
import { lengthLimit } from '../../../src/encoders/length-limit.ts';
import { oracleFolders, ownOracle } from '../../oracles.ts';
import { differenceTogether, Probe, reference, type Reference } from './oracle.ts';
import { reconfigured } from './reconfigured.ts';
import { renamed } from './renamed.ts';

const [T5, MT5, UMT5] = [ownOracle('t5'), ownOracle('mt5'), ownOracle('umt5')];
const TOLERANCE = 1e-4;

/** The same texts, padded on the left. */
function paddedLeft({ ids, mask, states, ...sizes }: Reference): Reference {
  const { texts, tokens, width, layers } = sizes;
  const moved = { ids: new Int32Array(ids.length), mask: new Int32Array(mask.length), states: new Float32Array(states.length) };
  for (let text = 0; text < texts; text++) {
    const [from, to] = [text * tokens, (text + 1) * tokens];
    const count = mask.subarray(from, to).reduce((sum, value) => sum + value, 0);
    moved.ids.set(ids.subarray(from, from + count), to - count);
    moved.mask.set(mask.subarray(from, from + count), to - count);
    for (let layer = 0; layer <= layers; layer++) {
      const row = layer * texts * tokens;
      moved.states.set(states.subarray((row + from) * width, (row + from + count) * width), (row + to - count) * width);
    }
  }
  return { ...sizes, ...moved };
}

for (const { name, folder, skip } of ['t5', 'mt5', 'umt5'].flatMap((family) => oracleFolders(family))) {
  test(`${name}: texts that are padded on the left have the reference's numbers too`, { skip }, async () => {
    const probe = await Probe.open({ folder, form: 'standard' });
    const difference = await differenceTogether(probe, paddedLeft(reference(folder)));
    await probe.close();
    assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
  });
}

/** Last hidden state of a text of 30 tokens. */
async function lastState(folder: string): Promise<Float32Array> {
  const probe = await Probe.open({ folder });
  const states = await probe.run(
    Array.from({ length: 30 }, (_, i) => ((i * 7) % 80) + 4),
    { tokens: 30 },
  );
  await probe.close();
  return states.at(-1)!;
}

const TABLE = 'encoder.embed_tokens.weight';
const LAYOUTS: readonly (readonly [string, (name: string) => readonly string[]])[] = [
  ["a classifier's file", (name) => [`transformer.${name}`]],
  ["a training's file", (name) => [`module.model.${name}`]],
  ["the table of tokens under the encoder's own name", (name) => [name === 'shared.weight' ? TABLE : name]],
  ['the table of tokens under every name', (name) => (name === 'shared.weight' ? [TABLE, name, 'decoder.embed_tokens.weight'] : [name])],
];

for (const [what, rename] of LAYOUTS) {
  test(`t5: ${what} is the same encoder`, async () => {
    const folder = renamed(T5, rename);
    assert.deepEqual(await lastState(folder), await lastState(T5));
    assert.deepEqual((await buildEncoder({ folder })).notes, []);
  });
}

test("t5: of two tables of tokens the encoder's own counts, as in the reference", async () => {
  const own = renamed(MT5, (name) => (name === 'lm_head.weight' ? [TABLE] : name === 'shared.weight' ? [] : [name]));
  const both = renamed(MT5, (name) => (name === 'lm_head.weight' ? [TABLE] : [name]));
  assert.deepEqual(await lastState(both), await lastState(own));
  assert.notDeepEqual(await lastState(both), await lastState(MT5));
});

test('t5: the decoder is nothing of the encoder, and worth no note', async () => {
  const { notes, unused } = await buildEncoder({ folder: MT5 });
  assert.deepEqual(notes, []);
  assert.deepEqual([...new Set(unused.map((name) => name.split('.')[0]))], ['decoder', 'lm_head']);
});

test('t5: what is inside the encoder and not asked for is said', async () => {
  const more = renamed(T5, (name) => (name.startsWith('encoder.block.1.') ? [name, name.replace('block.1', 'block.2')] : [name]));
  assert.deepEqual((await buildEncoder({ folder: more })).notes, [
    'Its weights have 1 layer beyond those in config.json (encoder.block.2): ignored.',
  ]);
  const umt5 = reconfigured(UMT5, { model_type: 't5' });
  assert.deepEqual((await buildEncoder({ folder: umt5 })).notes, [
    'Its weights have 2 weights inside ' +
      'the encoder not described by config.json (encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight, encoder.block.2.layer.0.SelfAttention.relative_attention_bias.weight): ignored.',
  ]);
});

const SAME: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
  [
    'sizes by their usual names',
    T5,
    {
      d_model: undefined,
      hidden_size: 16,
      num_heads: undefined,
      num_attention_heads: 3,
      num_layers: undefined,
      num_hidden_layers: 2,
      d_kv: undefined,
      head_dim: 6,
    },
  ],
  [
    'what goes without saying',
    T5,
    { feed_forward_proj: undefined, relative_attention_num_buckets: undefined, layer_norm_epsilon: undefined },
  ],
  ['the distance beyond which all are alike', T5, { relative_attention_max_distance: 128 }],
  ["mT5's gate", MT5, { feed_forward_proj: undefined }],
  ['activation and gate apart', MT5, { feed_forward_proj: 'relu', dense_act_fn: 'gelu_new', is_gated_act: true }],
  ['activation and gate in one word', UMT5, { dense_act_fn: undefined, is_gated_act: undefined }],
  [
    'what concerns the decoder alone',
    MT5,
    { tie_word_embeddings: true, scale_decoder_outputs: true, num_decoder_layers: 9, is_decoder: false },
  ],
];

for (const [what, oracle, change] of SAME) {
  test(`t5: ${what} may be said or not`, async () =>
    assert.deepEqual(await lastState(reconfigured(oracle, change)), await lastState(oracle)));
}

test('t5: every word of the feed-forward tells', async () => {
  const states = new Set<string>();
  for (const change of [
    {},
    { dense_act_fn: 'gelu' },
    { feed_forward_proj: 'gated-silu' },
    { feed_forward_proj: 'gated-relu' },
    { dense_act_fn: 'tanh' },
  ]) {
    states.add((await lastState(reconfigured(MT5, change))).join());
  }
  assert.equal(states.size, 5);
});

test('t5: distances are looked up and laid out once for all layers, in UMT5 once a layer', async () => {
  for (const [folder, tables, layers] of [
    [T5, 1, 2],
    [MT5, 1, 2],
    [UMT5, 3, 3],
  ] as const) {
    for (const form of ['fast', 'standard'] as const) {
      const {
        model: { proto },
      } = await buildEncoder({ folder, form });
      const nodes = proto.graph!.node.filter(({ name }) => name.startsWith('distances/'));
      const count = (op: string) => nodes.filter(({ opType }) => opType === op).length;
      assert.deepEqual([count('Transpose'), count('Expand'), count('Range')], [tables, tables, 1]);
      // The mask is added together with the distance bias, and nowhere else.
      assert.equal(count('Add') - 1, form === 'standard' ? tables + 1 : 1);
      assert.equal(proto.graph!.node.filter(({ opType }) => opType === 'Softmax' || opType === 'MultiHeadAttention').length, layers);
    }
  }
});

test("t5: the reference's buckets, at every distance at which they change", () => {
  for (const [buckets, maxDistance, firsts] of [
    // Of the distances from 0 on, the first in each bucket (T5Attention._relative_position_bucket of transformers 5.24).
    [32, 128, [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91]],
    [16, 40, [0, 1, 2, 3, 4, 8, 13, 23]],
    [10, 24, [0, 1, 2, 5, 11]],
    [9, 31, [0, 1, 2, 8]],
    [4, 2, [0, 1]],
  ] as const) {
    const found: number[] = [];
    for (let distance = 0; distance <= 2 * maxDistance; distance++) {
      const bucket = halvedBucket(distance, { buckets, maxDistance });
      if (found.length <= bucket) found[bucket] = distance;
      if (distance > 0) assert.equal(halvedBucket(-distance, { buckets, maxDistance }), bucket + Math.floor(buckets / 2));
    }
    assert.deepEqual(found, firsts, `${buckets}, ${maxDistance}`);
  }
});

test('t5: a text has no end; where nobody says one it is cut at 512 tokens', async () => {
  const { positions } = await buildEncoder({ folder: T5 });
  assert.equal(positions, undefined);
  assert.equal((await lengthLimit({ folder: T5, positions: () => positions })).tokens, 14);
  assert.equal((await lengthLimit({ folder: reconfigured(T5, {}), positions: () => positions })).tokens, 512);
});

test('t5: its dropout is that of vectors and of attention', async () => {
  const { dropout } = await buildEncoder({ folder: T5 });
  assert.deepEqual(dropout, { hidden: 0.1, attention: 0.1 });
});

const WANTED = 'Check the checkpoint, or use an ONNX file of the encoder.';
const TOGETHER = 'Check that config.json and the weights belong together';
const REFUSED: readonly (readonly [string, Readonly<Record<string, unknown>>, string | RegExp])[] = [
  [
    'an activation that is not known',
    { feed_forward_proj: 'mish' },
    /^HERE\/config\.json: feed_forward_proj: Expected "gelu" or .* or "gated-swish", got "mish"\. Check/,
  ],
  [
    'a gate that is not known',
    { feed_forward_proj: 'gated-mish' },
    /^HERE\/config\.json: feed_forward_proj: Expected .*, got "gated-mish"/,
  ],
  ['an activation that is not known, apart', { dense_act_fn: 'mish' }, /^HERE\/config\.json: dense_act_fn: Expected "gelu" or/],
  ['a gate that is no flag', { is_gated_act: 'yes' }, `HERE/config.json: is_gated_act: Expected true or false, got "yes". ${WANTED}`],
  [
    'a gate without its weights',
    { feed_forward_proj: 'gated-gelu' },
    `HERE: The weights lack "encoder.block.0.layer.1.DenseReluDense.wi_0.weight", expected as [24, 16] by config.json. ${TOGETHER} and that no shard is missing.`,
  ],
  [
    'another number of buckets',
    { relative_attention_num_buckets: 16 },
    `HERE/model.safetensors: "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight" is [32, 3], expected [16, 3] by config.json. ${TOGETHER}.`,
  ],
  [
    'too few buckets',
    { relative_attention_num_buckets: 2 },
    `HERE/config.json: relative_attention_num_buckets: Expected a whole number from 4 to 16777216, got 2. ${WANTED}`,
  ],
  [
    'no room for wider buckets',
    { relative_attention_max_distance: 8 },
    `HERE/config.json: relative_attention_max_distance: Expected a whole number from 9 to 16777216, got 8. ${WANTED}`,
  ],
  [
    'more layers than there are',
    { num_layers: 3 },
    `HERE: The weights lack "encoder.block.2.layer.0.layer_norm.weight", expected as [16] by config.json. ${TOGETHER} and that no shard is missing.`,
  ],
  [
    'sizes that disagree',
    { num_hidden_layers: 4 },
    `HERE/config.json: num_hidden_layers: Expected the value of num_layers, 2,, got 4. ${WANTED}`,
  ],
  [
    'heads of another size',
    { d_kv: 4 },
    `HERE/model.safetensors: "encoder.block.0.layer.0.SelfAttention.q.weight" is [18, 16], expected [12, 16] by config.json. ${TOGETHER}.`,
  ],
  [
    'a size that is missing',
    { d_ff: undefined },
    `HERE/config.json: d_ff: Expected a whole number from 1 to 16777216, got missing. ${WANTED}`,
  ],
  [
    'a table a layer that is not there',
    { model_type: 'umt5', feed_forward_proj: 'relu' },
    `HERE: The weights lack "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight", expected as [32, 3] by config.json. ${TOGETHER} and that no shard is missing.`,
  ],
  [
    'a decoder',
    { is_decoder: true },
    'HERE/config.json: is_decoder: It is a causal decoder; for this type only bidirectional encoders are supported. Use an ONNX file of it.',
  ],
];

for (const [what, change, message] of REFUSED) {
  test(`t5: ${what} is said in one line`, async () => {
    const folder = reconfigured(T5, change);
    const said = await buildEncoder({ folder }).then(
      () => 'nothing',
      (error: Error) => error.message.replaceAll(folder, 'HERE').replace(path.resolve(T5), 'HERE'),
    );
    if (typeof message === 'string') assert.equal(said, message);
    else assert.match(said, message);
  });
}

test('t5: a file without a table of tokens says so', async () => {
  const folder = renamed(T5, (name) => (name === 'shared.weight' ? [] : [name]));
  await assert.rejects(buildEncoder({ folder }), {
    code: 'FORMAT',
    message: `${folder}: The weights lack "shared.weight", expected as [84, 16] by config.json. ${TOGETHER} and that no shard is missing.`,
  });
});

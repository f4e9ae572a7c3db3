import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { buildEncoder } from '../../../src/encoders/families/build.ts';
import { alibiSlopes } from '../../../src/encoders/families/alibi.ts';
import { DEFAULT_OPTIONS } from '../../../src/encoders/families/family.ts';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { oracleFolders, ownOracle } from '../../oracles.ts';
import { Probe, reference } from './oracle.ts';
import { reconfigured } from './reconfigured.ts';

/** Of float32 hidden states of values 1 to 5; types of CPU differ by as much. */
const TOLERANCE = 2e-5;

type Change = Readonly<Record<string, unknown>>;

/** The project's own oracles with today's configuration names; those of GPT-2 removed. */
const TODAY = {
  ...Object.fromEntries(
    ['n_embd', 'n_head', 'n_inner', 'n_layer', 'n_positions', 'layer_norm_epsilon', 'activation_function'].map((key) => [key, undefined]),
  ),
  hidden_size: 18,
  num_attention_heads: 3,
  intermediate_size: 20,
  num_hidden_layers: 2,
  layer_norm_eps: 1e-12,
  hidden_act: 'silu',
  max_position_embeddings: 40,
};
const DYNAMIC = { rope_type: 'dynamic', factor: 2, rope_theta: 1000 };
const NTK = { type: 'ntk', factor: 8 };
const NATIVE_GTE = {
  model_type: 'gte',
  rope_theta: undefined,
  rope_scaling: undefined,
  rope_parameters: { rope_type: 'default', rope_theta: 500 },
};
const NATIVE_JINA = {
  model_type: 'jina_embeddings_v3',
  position_embedding_type: undefined,
  rotary_emb_base: undefined,
  lora_adaptations: undefined,
  rope_parameters: { rope_type: 'default', rope_theta: 700 },
};
const PLAIN = 'plain.safetensors';

/** Oracle, changed configuration, weights file, and the numbers to compare with: the usual ones, or those of one text. */
const VARIANTS: readonly (readonly [what: string, oracle: string, change: Change, weights?: string, numbers?: string, ids?: string])[] = [
  ['in the words of today', 'nomic-bert', TODAY],
  ['in both words', 'nomic-bert', { hidden_size: 18, hidden_act: 'silu', rope_parameters: { rope_type: 'default', rope_theta: 1000 } }],
  ['by the names of transformers', 'nomic-bert', TODAY, PLAIN],
  ['with a text beyond the trained length, by rotary_scaling_factor', 'nomic-bert', { rotary_scaling_factor: 2 }, undefined, 'dynamic'],
  [
    'with a text beyond the trained length, by rope_parameters',
    'nomic-bert',
    { ...TODAY, max_position_embeddings: 8, rope_parameters: DYNAMIC },
    PLAIN,
    'dynamic',
  ],
  ['by both', 'nomic-bert', { rotary_scaling_factor: 2, max_position_embeddings: 8, rope_parameters: DYNAMIC }, undefined, 'dynamic'],
  ['with geglu', 'nomic-bert', { activation_function: 'geglu' }, undefined, 'geglu', 'dynamic'],
  ['with gelu', 'nomic-bert', { ...TODAY, hidden_act: 'gelu' }, undefined, 'geglu', 'dynamic'],
  ['as transformers says it', 'gte', NATIVE_GTE],
  ['by the names of transformers', 'gte', NATIVE_GTE, PLAIN],
  ['with parted projections', 'gte', { pack_qkv: false }, PLAIN],
  ['with ntk', 'gte', { rope_scaling: NTK }, undefined, 'ntk'],
  ['with ntk of factor 1', 'gte', { rope_scaling: { ...NTK, factor: 1 } }],
  ['without token types', 'gte', { type_vocab_size: 0 }, undefined, 'untyped', 'ntk'],
  ['as transformers says it', 'jina-v3', NATIVE_JINA, PLAIN],
  ['with reglu', 'jina-v2', { feed_forward_type: 'reglu' }, undefined, 'reglu', 'last'],
  ['without a gate', 'jina-v2', { feed_forward_type: undefined }, undefined, 'original', 'last'],
  ['with reglu', 'jina-v2-code', { feed_forward_type: 'reglu' }, undefined, 'reglu', 'last'],
  ['without a gate', 'jina-v2-code', { feed_forward_type: 'original' }, undefined, 'original', 'last'],
  ['gated where nothing is said', 'jina-v2-code', { feed_forward_type: undefined }],
];

for (const [what, oracle, change, weights, numbers, ids = numbers] of VARIANTS) {
  for (const form of ['fast', 'standard'] as const) {
    test(`${oracle}, ${what}: hidden states are the reference's (${form})`, async () => {
      const folder = reconfigured(ownOracle(oracle), change, weights);
      const probe = await Probe.open({ folder, form });
      const difference = await differenceOf(probe, oracle, numbers, ids);
      await probe.close();
      assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
    });
  }
}

for (const { name, folder, skip } of oracleFolders('nomic-bert', 'config.n_embd.json').filter(({ name: each }) =>
  each.includes('shared'),
)) {
  test(`${name}: a text of 100 tokens, beyond the trained length, is the reference's`, { skip }, async () => {
    const rope = { rope_type: 'dynamic', factor: 2, rope_theta: 1000 };
    const { tensors } = readSafetensors(readFileSync(path.join(folder, 'expected.safetensors')), name);
    const ids = tensors.get('dynamic100.input_ids')!.data as Int32Array;
    for (const change of [
      { rope_parameters: rope, max_position_embeddings: 64 },
      { rope_parameters: undefined, rotary_scaling_factor: 2, max_trained_positions: 64 },
    ]) {
      const probe = await Probe.open({ folder: reconfigured(folder, change) });
      const last = (await probe.run(ids, { tokens: ids.length })).at(-1)!;
      await probe.close();
      const difference = worst(last, tensors.get('dynamic100.last_hidden_state')!.data as Float32Array);
      assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
    }
  });
}

for (const task of ['retrieval.query', 'separation', 'classification']) {
  test(`jina-v3: the adapter of ${task} is merged in, and said`, async () => {
    const probe = await Probe.open({ folder: ownOracle('jina-v3'), options: { ...DEFAULT_OPTIONS, task } });
    const difference = await differenceOf(probe, 'jina-v3', task, task);
    await probe.close();
    assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
    const { built } = probe;
    assert.equal(built.attention, `task:${task}`);
    assert.deepEqual(
      built.notes,
      task === 'retrieval.query'
        ? ['Its published code puts "Represent the query: " before texts of the task retrieval.query; here only if given as a prompt.']
        : [],
    );
  });
}

test('jina-v3: without a task the weights are the shared ones, and the tasks are named', async () => {
  const built = await buildEncoder({ folder: ownOracle('jina-v3') });
  assert.equal(built.attention, '');
  assert.deepEqual(built.notes, [
    'It has adapters for 3 tasks (retrieval.query, separation, classification); none is merged in, as in its published code by default. Select one with `adapterTask`.',
  ]);
});

for (const oracle of ['nomic-bert', 'gte', 'jina-v3', 'jina-v2', 'jina-v2-code']) {
  test(`${oracle}: padding on the left changes nothing`, async () => {
    const { ids, mask, tokens, texts, width, states, layers } = reference(ownOracle(oracle));
    const turned = (values: Int32Array) =>
      Int32Array.from(values, (_, i) => values[i - (i % tokens) + (((i % tokens) + real(i)) % tokens)]!);
    const real = (i: number) => mask.subarray(i - (i % tokens), i - (i % tokens) + tokens).reduce((sum, each) => sum + each, 0);
    const probe = await Probe.open({ folder: ownOracle(oracle), form: 'standard' });
    const last = (await probe.run(turned(ids), { tokens, mask: turned(mask) })).at(-1)!;
    await probe.close();
    for (let row = 0; row < texts * tokens; row++) {
      if (mask[row] !== 1) continue;
      const place = row - (row % tokens) + (row % tokens) + tokens - real(row);
      const wanted = states.subarray((layers * texts * tokens + row) * width, (layers * texts * tokens + row + 1) * width);
      const difference = worst(last.subarray(place * width, (place + 1) * width), wanted);
      assert.ok(difference <= TOLERANCE, `row ${row} differs by ${difference}`);
    }
  });
}

/** Oracle, config.json, and the message after the file's path. */
const REFUSED: readonly (readonly [oracle: string, change: Change, message: string])[] = [
  ...(
    [
      ['prenorm', true, 'norms before attention and feed-forward'],
      ['parallel_block', true, 'parallel attention and feed-forward'],
      ['causal', true, 'causal attention'],
      ['use_rms_norm', true, 'RMS norms'],
      ['rotary_emb_fraction', 0.5, 'partial rotary positions'],
      ['rotary_emb_fraction', 0, 'partial rotary positions'],
      ['rotary_emb_interleaved', true, 'interleaved rotary positions'],
      ['rotary_emb_scale_base', 512, 'xPos scaling'],
      ['rotary_head_dim', true, 'rotary positions per head'],
      ['moe_every_n_layers', 2, 'layers with a mixture of experts'],
      ['num_experts', 8, 'layers with a mixture of experts'],
      ['num_heads_kv', 1, 'grouped-query attention'],
    ] as const
  ).map(
    ([key, value, what]) =>
      [
        'nomic-bert',
        { [key]: value },
        `: ${key}: It is ${String(value)}, which means ${what}: not supported. Use an ONNX file of the encoder.`,
      ] as const,
  ),
  [
    'nomic-bert',
    { activation_function: 'glu' },
    ': activation_function: Expected "swiglu" or "geglu", got "glu". Check the checkpoint, or use an ONNX file of the encoder.',
  ],
  [
    'nomic-bert',
    { activation_function: 'gelu' },
    ': activation_function: Expected "swiglu" or "geglu", got "gelu". Check the checkpoint, or use an ONNX file of the encoder.',
  ],
  ['nomic-bert', { hidden_size: 24 }, ': n_embd: It is 18, but hidden_size is 24. Check the checkpoint: they mean the same.'],
  [
    'nomic-bert',
    { hidden_act: 'relu' },
    ': activation_function: It is "swiglu", but hidden_act is "relu". Check the checkpoint: they mean the same.',
  ],
  [
    'nomic-bert',
    { rope_parameters: { rope_type: 'default', rope_theta: 10 } },
    ': rotary_emb_base: It is 1000, but rope_parameters is {"rope_type":"default","rope_theta":10}. Check the checkpoint: they mean the same.',
  ],
  [
    'nomic-bert',
    { rotary_scaling_factor: 2, rope_parameters: { rope_type: 'default' } },
    ': rotary_scaling_factor: It is 2, but rope_parameters is {"rope_type":"default"}. Check the checkpoint: they mean the same.',
  ],
  ['nomic-bert', { n_head: 2 }, ': Head size 9 is odd; rotary positions need an even size. Check the checkpoint.'],
  [
    'gte',
    { position_embedding_type: 'absolute' },
    ': position_embedding_type: It is "absolute", which means non-rotary positions: not supported. Use an ONNX file of the encoder.',
  ],
  [
    'gte',
    { layer_norm_type: 'rms_norm' },
    ': layer_norm_type: It is "rms_norm", which means norms other than layer norms: not supported. Use an ONNX file of the encoder.',
  ],
  [
    'gte',
    { logn_attention_scale: true },
    ': logn_attention_scale: It is true, which means attention scores scaled by text length: not supported. Use an ONNX file of the encoder.',
  ],
  [
    'gte',
    { rope_scaling: { type: 'linear', factor: 2 } },
    ': rope_scaling: type: Expected "ntk", got "linear". Check the checkpoint, or use an ONNX file of the encoder.',
  ],
  [
    'gte',
    { rope_scaling: { factor: 2 } },
    ': rope_scaling: type: Expected a word, got missing. Check the checkpoint, or use an ONNX file of the encoder.',
  ],
  [
    'gte',
    { rope_scaling: { ...NTK, mixed_b: 0.6 } },
    ': rope_scaling.mixed_b: It is 0.6, which is not supported with rotary positions of type "ntk". Check the checkpoint, or use an ONNX file of the encoder.',
  ],
  [
    'gte',
    { rope_scaling: { ...NTK, factor: 0.5 } },
    ': rope_scaling.factor: It is 0.5, which is not supported with rotary positions of type "ntk". Check the checkpoint, or use an ONNX file of the encoder.',
  ],
  [
    'gte',
    { hidden_act: 'glu' },
    ': hidden_act: Expected "gelu" or "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "relu" or "tanh" or "silu" or "swish", got "glu". Check the checkpoint, or use an ONNX file of the encoder.',
  ],
  ['jina-v3', { num_attention_heads: 2 }, ': Head size 9 is odd; rotary positions need an even size. Check the checkpoint.'],
  [
    'jina-v3',
    { lora_adaptations: 'classification' },
    ': lora_adaptations: Expected distinct task names other than "none", got "classification". Check the checkpoint.',
  ],
  [
    'jina-v3',
    { lora_adaptations: ['a', 'b', 'a'] },
    ': lora_adaptations: Expected distinct task names other than "none", got ["a","b","a"]. Check the checkpoint.',
  ],
  [
    'jina-v3',
    { lora_adaptations: ['a', 'b', 'none'] },
    ': lora_adaptations: Expected distinct task names other than "none", got ["a","b","none"]. Check the checkpoint.',
  ],
  [
    'jina-v3',
    { lora_rank: 4 },
    ': The adapters of "roberta.embeddings.token_type_embeddings", [3, 1, 2] and [3, 2, 18], do not fit a weight of [1, 18], 3 tasks and rank 4. Check that config.json and the weights belong together.',
  ],
  [
    'jina-v2',
    { feed_forward_type: 'swiglu' },
    ': feed_forward_type: Expected "original" or "geglu" or "reglu", got "swiglu". Check the checkpoint, or use an ONNX file of the encoder.',
  ],
];

for (const [oracle, change, message] of REFUSED) {
  test(`${oracle} with ${JSON.stringify(change)} is refused by name`, async () => {
    const folder = reconfigured(ownOracle(oracle), change);
    await assert.rejects(buildEncoder({ folder }), { code: 'FORMAT', message: `${path.join(folder, 'config.json')}${message}` });
  });
}

/** Weights that do not match config.json: one case per family. */
const MISFITS: readonly (readonly [oracle: string, change: Change, message: RegExp])[] = [
  [
    'nomic-bert',
    { n_layer: 3 },
    /^[^:]+: The weights lack "encoder\.layers\.2\.attn\.q_proj\.weight", expected as \[18, 18\] by config\.json\. /,
  ],
  ['nomic-bert', { n_inner: 24 }, /^[^:]+: "encoder\.layers\.0\.mlp\.fc12\.weight" is \[20, 18\], expected \[24, 18\] by config\.json\. /],
  ['gte', { vocab_size: 12 }, /^[^:]+: "new\.embeddings\.word_embeddings\.weight" is \[91, 18\], expected \[12, 18\] by config\.json\. /],
  [
    'jina-v3',
    { type_vocab_size: 2 },
    /^[^:]+: "roberta\.embeddings\.token_type_embeddings\.parametrizations\.weight\.original" is \[1, 18\], expected /,
  ],
  [
    'jina-v2',
    { intermediate_size: 22 },
    /^[^:]+: "encoder\.layer\.0\.mlp\.gated_layers\.weight" is \[40, 18\], expected \[44, 18\] by config\.json\. /,
  ],
];

for (const [oracle, change, message] of MISFITS) {
  test(`${oracle} with ${JSON.stringify(change)}: the weights are said not to fit, in one line`, async () => {
    await assert.rejects(buildEncoder({ folder: reconfigured(ownOracle(oracle), change) }), { code: 'FORMAT', message });
  });
}

test('jina-v3: a task without an adapter is refused with those that there are, and by a checkpoint without adapters', async () => {
  const options = { ...DEFAULT_OPTIONS, task: 'clustering' };
  const folder = ownOracle('jina-v3');
  const file = path.join(folder, 'config.json');
  await assert.rejects(buildEncoder({ folder, options }), {
    code: 'OPTION',
    message: `\`adapterTask\`, ${file}: It has no adapter for the task "clustering". Its tasks are retrieval.query, separation, classification, or none.`,
  });
  const merged = reconfigured(folder, {}, PLAIN);
  await assert.rejects(buildEncoder({ folder: merged, options: { ...DEFAULT_OPTIONS, task: 'separation' } }), {
    code: 'OPTION',
    message: `\`adapterTask\`, ${path.join(merged, 'config.json')}: Its weights come without task adapters. Omit the task, or use the published checkpoint.`,
  });
});

test('a checkpoint of another family with adapters among its weights is refused as before', async () => {
  const folder = reconfigured(ownOracle('jina-v3'), { lora_adaptations: undefined });
  await assert.rejects(buildEncoder({ folder }), {
    code: 'FORMAT',
    message: /^[^:]+: Its weights hold an adapter that is not merged in \("roberta\.embeddings\./,
  });
});

const positions = async (oracle: string, change: Change) =>
  (await buildEncoder({ folder: reconfigured(ownOracle(oracle), change) })).positions;

test('texts beyond what config.json says run where a length is asked for: nothing is looked up by position', async () => {
  for (const oracle of ['nomic-bert', 'gte', 'jina-v3', 'jina-v2', 'jina-v2-code']) {
    const probe = await Probe.open({ folder: ownOracle(oracle) });
    assert.equal(probe.built.limit, undefined);
    const [first] = await probe.run(new Int32Array(200).fill(5), { tokens: 200 });
    await probe.close();
    assert.ok(first!.length === 200 * 18 && first!.every(Number.isFinite), oracle);
  }
});

test("longest texts: what today's configurations say, and in older ones n_positions", async () => {
  assert.equal(await positions('nomic-bert', { n_positions: 8192 }), 8192);
  assert.equal(await positions('nomic-bert', { n_positions: 8192, max_position_embeddings: 2048 }), 2048);
  assert.equal(await positions('nomic-bert', { n_positions: 0 }), 2048);
  assert.equal(await positions('gte', {}), 64);
  assert.equal(await positions('jina-v3', {}), 66);
  assert.equal(await positions('jina-v2', { max_position_embeddings: 8192 }), 8192);
});

test('alibi: slopes are those of the paper for a power of two heads, and every other one of the next power beyond', () => {
  assert.deepEqual(
    alibiSlopes(8),
    [1, 2, 3, 4, 5, 6, 7, 8].map((each) => 2 ** -each),
  );
  assert.deepEqual(alibiSlopes(12), [
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((each) => 2 ** -each),
    ...[0.5, 1.5, 2.5, 3.5].map((each) => 2 ** -each),
  ]);
});

/** Largest difference from the oracle's usual texts, or from the one text of `${numbers}.last_hidden_state`. */
async function differenceOf(probe: Probe, oracle: string, numbers?: string, ids = numbers): Promise<number> {
  const folder = ownOracle(oracle);
  const { ids: usual, tokens, mask, states, layers, texts, width } = reference(folder);
  const last = (layer: number, text: number) =>
    states.subarray((layer * texts + text) * tokens * width, (layer * texts + text + 1) * tokens * width);
  // The last text fills its row.
  const text = usual.subarray((texts - 1) * tokens);
  assert.ok(mask.subarray((texts - 1) * tokens).every((each) => each === 1));
  if (numbers === undefined) {
    const got = await probe.run(text, { tokens });
    return Math.max(...got.map((state, layer) => worst(state, last(layer, texts - 1))), layers === got.length - 1 ? 0 : Infinity);
  }
  const { tensors } = readSafetensors(readFileSync(path.join(folder, 'expected.safetensors')), oracle);
  const own = ids === 'last' ? text : (tensors.get(`${ids}.input_ids`)!.data as Int32Array);
  const got = (await probe.run(own, { tokens: own.length })).at(-1)!;
  return worst(got, tensors.get(`${numbers}.last_hidden_state`)!.data as Float32Array);
}

/** NaN counts as an infinite difference. */
function worst(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, i) => (Number.isNaN(value) ? Infinity : Math.max(most, Math.abs(value - b[i]!))), 0);
}

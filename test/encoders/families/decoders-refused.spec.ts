import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildEncoder } from '../../../src/encoders/families/build.ts';
import { temporaryFolder } from '../../temporary.ts';
import { decoderCases, writeDecoder, type DecoderCase } from './decoder-cases.ts';

const CASES = new Map(decoderCases().cases.map((each) => [each.name, each]));

/** The error of building the case, its folder called HERE. */
async function said(
  name: string,
  {
    change,
    weights = (shapes) => shapes,
  }: { change?: Record<string, unknown>; weights?: (shapes: DecoderCase['weights']) => DecoderCase['weights'] } = {},
): Promise<string> {
  const found = CASES.get(name)!;
  const folder = writeDecoder({ ...found, weights: weights(found.weights) }, { change: change ?? {}, folder: temporaryFolder() });
  return buildEncoder({ folder }).then(
    ({ notes }) => ['built', ...notes].join('; '),
    (error: Error) => error.message.replaceAll(folder, 'HERE'),
  );
}

const CHECK = 'Check the checkpoint, or use an ONNX file of the encoder.';
const ONE_OF_EACH = ['qwen3', 'qwen2', 'llama', 'mistral', 'eurobert', 'gemma3'];

for (const name of ONE_OF_EACH) {
  test(`${name}: what is wrong with a checkpoint is said in one line`, async () => {
    const { prefix } = CASES.get(name)!;
    const activation = name === 'gemma3' ? 'hidden_activation' : 'hidden_act';
    const table: readonly (readonly [Parameters<typeof said>[1], string | RegExp])[] = [
      [
        { weights: (shapes) => Object.fromEntries(Object.entries(shapes).filter(([key]) => key !== 'layers.1.mlp.up_proj.weight')) },
        `HERE: The weights lack "${prefix}layers.1.mlp.up_proj.weight", expected as [20, 16] by config.json. Check that config.json and the weights ` +
          'belong together and that no shard is missing.',
      ],
      [
        { weights: (shapes) => ({ ...shapes, 'norm.weight': [4] }) },
        `HERE/model.safetensors: "${prefix}norm.weight" is [4], expected [16] by config.json. Check that config.json and the weights belong together.`,
      ],
      [
        { change: { [activation]: 'mish' } },
        /^HERE\/config\.json: hidden_act(?:ivation)?: Expected "gelu" or .*, got "mish"\. Check the checkpoint, or use an ONNX file of the encoder\.$/,
      ],
      [
        { change: { num_attention_heads: 8, num_key_value_heads: 3, head_dim: 2 } },
        'HERE/config.json: num_key_value_heads: 8 query heads are not divisible by 3 key-value heads. Check the checkpoint.',
      ],
      [
        { change: { num_key_value_heads: 0 } },
        `HERE/config.json: num_key_value_heads: Expected a whole number from 1 to 16777216, got 0. ${CHECK}`,
      ],
      [
        { change: { head_dim: 3 } },
        'HERE/config.json: head_dim: Head size 3 is odd; rotary positions need an even size. Check the checkpoint.',
      ],
      [{ change: { rope_theta: '1e6' } }, `HERE/config.json: rope_theta: Expected a number, got "1e6". ${CHECK}`],
      [{ change: { rms_norm_eps: 'small' } }, `HERE/config.json: rms_norm_eps: Expected a number, got "small". ${CHECK}`],
      [
        { change: { num_experts: 8 } },
        'HERE/config.json: num_experts: It is 8, which means a mixture of experts: not supported. Use an ONNX file of the encoder.',
      ],
      [
        { change: { attn_logit_softcapping: 50 } },
        'HERE/config.json: attn_logit_softcapping: It is 50, which means attention logit soft-capping: not supported. Use an ONNX file of the encoder.',
      ],
    ];
    for (const [wrong, message] of table) {
      const found = await said(name, wrong);
      if (typeof message === 'string') assert.equal(found, message);
      else assert.match(found, message);
    }
  });

  for (const [method, config] of Object.entries({
    bitsandbytes: { load_in_4bit: true, quant_method: 'bitsandbytes' },
    gptq: { bits: 4, quant_method: 'gptq' },
    awq: { quant_method: 'awq' },
    fp8: { quant_method: 'fp8' },
  })) {
    test(`${name}: weights that ${method} quantised are refused`, async () => {
      assert.equal(
        await said(name, { change: { quantization_config: config } }),
        `HERE/config.json: quantization_config: Its weights are quantised ("${method}"), which is not supported. Use the original encoder, or an ONNX file.`,
      );
    });
  }
}

const IS_CAUSAL = 'Set "is_causal" in config.json: true for causal attention, false for bidirectional.';
const FULL = 'full_attention';
const SLIDING = 'sliding_attention';

for (const [name, what, change, message] of [
  [
    'ministral',
    'layer_types that is too short',
    { layer_types: [FULL] },
    'HERE/config.json: layer_types: It lists 1 layers, but num_hidden_layers is 2. Check the checkpoint.',
  ],
  [
    'ministral',
    'layer_types that is too long',
    { layer_types: [FULL, FULL, SLIDING] },
    'HERE/config.json: layer_types: It lists 3 layers, but num_hidden_layers is 2. Check the checkpoint.',
  ],
  [
    'qwen3-window',
    'a type of layers that is not known',
    { layer_types: [FULL, 'chunked_attention', FULL] },
    `HERE/config.json: layer_types: 1: Expected "full_attention" or "sliding_attention", got "chunked_attention". ${CHECK}`,
  ],
  [
    'qwen3',
    'layers with a window that nothing says the width of',
    { layer_types: [FULL, SLIDING] },
    'HERE/config.json: layer_types: It has layers with a sliding window, but the window size is missing (sliding_window, use_sliding_window). Check the checkpoint.',
  ],
  [
    'mistral',
    'a window of 0',
    { sliding_window: 0 },
    `HERE/config.json: sliding_window: Expected a whole number from 1 to 16777216, got 0. ${CHECK}`,
  ],
  [
    'gemma3',
    'a window of 0',
    { sliding_window: 0 },
    `HERE/config.json: sliding_window: Expected a whole number from 1 to 16777216, got 0. ${CHECK}`,
  ],
  [
    'gemma3',
    'use_bidirectional_attention that is a word',
    { use_bidirectional_attention: 'vision' },
    `HERE/config.json: use_bidirectional_attention: Expected true or false, got "vision". ${CHECK}`,
  ],
  [
    'llama',
    'a word for causality that is not known',
    { use_bidirectional_attention: true },
    `HERE/config.json: use_bidirectional_attention: It is true, which is unknown. ${IS_CAUSAL}`,
  ],
  [
    'qwen2',
    'code of its own that is not known',
    { auto_map: { AutoModel: 'modeling_mine.MyModel' } },
    'HERE/config.json: auto_map: Its network is custom code, "modeling_mine.MyModel", which is not ' +
      `run, and its files do not say whether attention is causal. ${IS_CAUSAL}`,
  ],
  [
    'llama',
    'a class that is not known',
    { architectures: ['LlamaBidirectionalModel'] },
    `HERE/config.json: architectures: It names "LlamaBidirectionalModel", and its files do not say whether attention is causal. ${IS_CAUSAL}`,
  ],
  [
    'gemma3',
    'angles of another type of layers',
    { rope_parameters: { chunked_attention: {} } },
    'HERE/config.json: rope_parameters.chunked_attention: Unknown layer type; known: full_attention and sliding_attention. Check the checkpoint, or use an ONNX file ' +
      'of the encoder.',
  ],
  [
    'llama',
    'a width that heads do not share evenly',
    { num_attention_heads: 3, num_key_value_heads: 1, head_dim: 4 },
    'HERE/config.json: Width 16 is not divisible by 3 heads. Check the checkpoint.',
  ],
] as const) {
  test(`${name}: ${what} is refused in one line`, async () => {
    assert.equal(await said(name, { change }), message);
  });
}

test('decoder: experts, positions and attention of other networks are refused by the word that asks for them', async () => {
  for (const [word, value] of Object.entries({
    num_local_experts: 8,
    n_routed_experts: 64,
    moe_intermediate_size: 128,
    kv_lora_rank: 16,
    no_rope_layers: [0, 1],
    attention_chunk_size: 8192,
    partial_rotary_factor: 0.5,
    embedding_multiplier: 12,
    scale_emb: 12,
    cross_attention_layers: [1],
    hidden_size_per_layer_input: 8,
    parallel_attn: true,
    clip_qkv: 8,
    altup_num_inputs: 4,
  })) {
    for (const name of ONE_OF_EACH)
      assert.ok((await said(name, { change: { [word]: value } })).startsWith(`HERE/config.json: ${word}: It is `), `${name}: ${word}`);
  }
});

test('decoder: the same words where they turn nothing on do no harm', async () => {
  const change = {
    num_experts: 0,
    attn_logit_softcapping: null,
    final_logit_softcapping: null,
    moe_layers: [],
    partial_rotary_factor: 1,
    embedding_multiplier: 1,
    quantization_config: null,
  };
  for (const name of ONE_OF_EACH) assert.equal(await said(name, { change }), 'built');
});

test('decoder: code of its own in which tokens see all is not run, and a note says what was built', async () => {
  for (const [name, code] of [
    ['qwen2', 'modeling_qwen.Qwen2Model'],
    ['llama', 'modeling_llama_encoder.LlamaEncoderModel'],
    ['mistral', 'someone/repo--modeling_mistral_encoder.MistralEncoderModel'],
  ] as const) {
    assert.equal(
      await said(name, { change: { auto_map: { AutoModel: code } } }),
      `built; Custom code ${code.split('--').at(-1)} is not run: attention is bidirectional, as in its published version (set "is_causal" in config.json to change this).`,
    );
    assert.equal(await said(name, { change: { auto_map: { AutoModel: code }, is_causal: true } }), 'built');
  }
});

test('decoder: configurations of images and text are refused by their type', async () => {
  for (const type of ['gemma3', 'qwen2_vl', 'llama4', 'mistral3', 'qwen3_moe', 'mixtral', 'gemma2', 'phi3'])
    assert.match(
      await said('gemma3', { change: { model_type: type, text_config: {} } }),
      new RegExp(`^HERE/config\\.json: model_type: Encoders of type "${type}" are not supported; supported: `),
    );
});

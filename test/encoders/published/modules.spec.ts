import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { hashFile } from '../../../src/encoders/encoder.ts';
import { publishedModules } from '../../../src/encoders/published/modules.ts';
import { writeSafetensors } from '../../../src/tensors/write-safetensors.ts';
import { temporaryFolder } from '../../temporary.ts';

const TRANSFORMER = { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' };
const POOLING = { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' };
const DENSE = { idx: 2, name: '2', path: '2_Dense', type: 'sentence_transformers.models.Dense' };
const NORMALIZE = { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' };
const NORM = { idx: 2, name: '2', path: '2_LayerNorm', type: 'sentence_transformers.models.LayerNorm' };
const HINT = 'Choose another pooling: cls, mean, …';
const IDENTITY = 'torch.nn.modules.linear.Identity';

const LINEAR = { 'linear.weight': [3, 8], 'linear.bias': [3] };
const CONFIG = { in_features: 8, out_features: 3, bias: true, activation_function: IDENTITY };

interface Folder {
  readonly modules?: unknown;
  readonly pooling?: object;
  /** JSON, or shapes of tensors of zeros. */
  readonly more?: Readonly<Record<string, object>>;
}

function folder({ modules = [TRANSFORMER, POOLING], pooling = { pooling_mode_mean_tokens: true }, more = {} }: Folder = {}): string {
  const at = temporaryFolder();
  for (const module of ['1_Pooling', '2_Normalize', '2_Dense', '2_LayerNorm']) mkdirSync(path.join(at, module));
  writeFileSync(path.join(at, '1_Pooling', 'config.json'), JSON.stringify(pooling));
  writeFileSync(path.join(at, 'modules.json'), JSON.stringify(modules));
  for (const [name, value] of Object.entries(more)) {
    writeFileSync(path.join(at, name), name.endsWith('.safetensors') ? zeros(value as Record<string, number[]>) : JSON.stringify(value));
  }
  return at;
}

function zeros(shapes: Readonly<Record<string, number[]>>): Uint8Array {
  return writeSafetensors(
    Object.entries(shapes).map(([name, shape]) => ({
      name,
      dtype: 'F32',
      shape,
      data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
    })),
  );
}

async function found(at: string, width?: number) {
  const modules = await publishedModules({ folder: at, width, sha256: hashFile });
  if ('reason' in modules) return { reason: modules.reason.replace(at, 'HERE'), absent: modules.absent };
  const { poolings, includePrompt, truncateDim, steps } = modules;
  return {
    poolings,
    includePrompt,
    truncateDim,
    steps: steps.map((step) => (step.kind === 'dense' ? `dense ${step.in} ${step.out} ${step.activation}` : step.kind)),
  };
}

async function reasonOf(at: string, width?: number): Promise<string> {
  const { reason } = (await found(at, width)) as { reason?: string };
  assert.ok(reason !== undefined, 'no reason');
  return reason;
}

const MEAN = { poolings: ['mean'], includePrompt: true, truncateDim: undefined, steps: [] };

test('published modules: a mean, scaled to length 1 where a Normalize follows', async () => {
  const pooling = { pooling_mode_cls_token: false, pooling_mode_mean_tokens: true, pooling_mode_max_tokens: false };
  assert.deepEqual(await found(folder({ pooling })), MEAN);
  assert.deepEqual(await found(folder({ pooling, modules: [TRANSFORMER, POOLING, NORMALIZE] })), { ...MEAN, steps: ['normalize'] });
});

for (const [pooling, flag, word] of [
  ['cls', 'pooling_mode_cls_token', 'cls'],
  ['mean', 'pooling_mode_mean_tokens', 'mean'],
  ['max', 'pooling_mode_max_tokens', 'max'],
  ['mean-sqrt', 'pooling_mode_mean_sqrt_len_tokens', 'mean_sqrt_len_tokens'],
  ['last', 'pooling_mode_lasttoken', 'lasttoken'],
  ['weighted-mean', 'pooling_mode_weightedmean_tokens', 'weightedmean'],
] as const) {
  test(`published modules: ${pooling} by its old flag, and by its new word`, async () => {
    for (const config of [
      { [flag]: true },
      { pooling_mode: word },
      { pooling_mode: [word] },
      { pooling_mode: word, pooling_mode_mean_tokens: true },
    ]) {
      assert.deepEqual(await found(folder({ pooling: { embedding_dimension: 8, ...config } })), { ...MEAN, poolings: [pooling] });
    }
  });
}

test('published modules: several flags stand in the order of the reference, several words in their own; none at all is the mean', async () => {
  const flags = {
    pooling_mode_mean_tokens: true,
    pooling_mode_lasttoken: true,
    pooling_mode_max_tokens: true,
    pooling_mode_cls_token: true,
  };
  for (const [pooling, poolings] of [
    [flags, ['cls', 'max', 'mean', 'last']],
    [{ pooling_mode: ['mean', 'cls', 'mean'] }, ['mean', 'cls', 'mean']],
    [{}, ['mean']],
    [{ pooling_mode_cls_token: false, pooling_mode_mean_tokens: false }, ['mean']],
  ] as const) {
    assert.deepEqual(await found(folder({ pooling })), { ...MEAN, poolings: [...poolings] });
  }
});

test('published modules: include_prompt, truncate_dim', async () => {
  assert.deepEqual(await found(folder({ pooling: { pooling_mode: 'mean', include_prompt: false } })), { ...MEAN, includePrompt: false });
  assert.deepEqual(await found(said({ truncate_dim: 16 })), { ...MEAN, truncateDim: 16 });
});

for (const [pooling, what] of [
  [{ pooling_mode: ['cls', 3] }, 'It pools by cls and 3, which is not supported.'],
  [{ pooling_mode: [] }, 'It pools by nothing, which is not supported.'],
  [{ pooling_mode: null, pooling_mode_cls_token: true }, 'It pools by null, which is not supported.'],
  [{ pooling_mode: 'CLS' }, 'It pools by CLS, which is not supported.'],
  [{ pooling_mode_cls_token: 'true' }, 'Its pooling_mode_cls_token is "true", expected true or false.'],
  [{ pooling_mode_cls_token: 1, pooling_mode_mean_tokens: true }, 'Its pooling_mode_cls_token is 1, expected true or false.'],
  [{ pooling_mode: 'mean', include_prompt: 0 }, 'Its include_prompt is 0, expected true or false.'],
  [{ pooling_mode: 'mean', include_prompt: null }, 'Its include_prompt is null, expected true or false.'],
  [{ pooling_mode_first_tokens: true }, 'Its pooling_mode_first_tokens is true, which is not supported.'],
] as const) {
  test(`published modules: the pooling ${JSON.stringify(pooling)} is none`, async () =>
    assert.equal(await reasonOf(folder({ pooling })), `HERE/1_Pooling/config.json: ${what} ${HINT}`));
}

test('published modules: a folder without modules.json has none, and that is no fault of it', async () => {
  const at = temporaryFolder();
  const reason = `HERE/modules.json: The encoder was published without a pooling: no such file. ${HINT}`;
  assert.deepEqual(await found(at), { reason, absent: true });
});

const type = (kind: string) => ({ idx: 2, name: '2', path: `2_${kind}`, type: `sentence_transformers.models.${kind}` });
const KNOWN = 'a Transformer with its Pooling, or a StaticEmbedding, followed by Dense, LayerNorm, Normalize, Dropout are supported.';

for (const kind of [
  'CLIPModel',
  'Router',
  'Asym',
  'BoW',
  'CNN',
  'LSTM',
  'WordEmbeddings',
  'WordWeights',
  'WeightedLayerPooling',
  'SpladePooling',
]) {
  test(`published modules: ${kind} is refused by name`, async () => {
    for (const [modules, kinds] of [
      [[type(kind)], kind],
      [[TRANSFORMER, type(kind), POOLING], `Transformer, ${kind}, Pooling`],
      [[TRANSFORMER, POOLING, type(kind)], `Transformer, Pooling, ${kind}`],
    ] as const) {
      assert.equal(await reasonOf(folder({ modules })), `HERE/modules.json: Its modules are ${kinds}; ${KNOWN} ${HINT}`);
    }
  });
}

for (const [modules, what] of [
  [{}, 'It is not a list of modules.'],
  [[], `Its modules are none; ${KNOWN}`],
  [[TRANSFORMER], `Its modules are Transformer; ${KNOWN}`],
  [[TRANSFORMER, NORMALIZE, { ...POOLING, name: '3' }], `Its modules are Transformer, Normalize, Pooling; ${KNOWN}`],
  [[TRANSFORMER, POOLING, { ...POOLING, name: '3' }], `Its modules are Transformer, Pooling, Pooling; ${KNOWN}`],
  [
    [
      { ...TRANSFORMER, type: 'custom_st.Transformer' },
      { ...POOLING, type: 'my.Pooling' },
    ],
    `Its modules are custom_st.Transformer, my.Pooling; ${KNOWN}`,
  ],
  [[TRANSFORMER, POOLING, { ...DENSE, type: 7 }], `Its modules are Transformer, Pooling, unknown; ${KNOWN}`],
  [[TRANSFORMER, { ...POOLING, path: '../elsewhere' }], '"../elsewhere" is outside the folder.'],
  [[TRANSFORMER, { ...POOLING, path: '/etc' }], '"/etc" is outside the folder.'],
  [[TRANSFORMER, POOLING, { ...DENSE, path: '2_Dense/../../x' }], '"2_Dense/../../x" is outside the folder.'],
  [[TRANSFORMER, POOLING, { ...NORMALIZE, path: String.raw`..\x` }], String.raw`"..\\x" is outside the folder.`],
  [[TRANSFORMER, POOLING, { ...NORMALIZE, name: '1' }], 'Two of its modules are named "1": the reference would run only one.'],
] as const) {
  test(`published modules: ${JSON.stringify(modules)} are none`, async () =>
    assert.equal(await reasonOf(folder({ modules })), `HERE/modules.json: ${what} ${HINT}`));
}

test('published modules: the order is that of the list, whatever idx and kwargs say, as in the reference', async () => {
  const more = { '2_Dense/config.json': CONFIG, '2_Dense/model.safetensors': LINEAR };
  for (const [first, second, third, fourth] of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [0, 0, 0, 0],
    ['a', null, 7.5, {}],
  ]) {
    const modules = [
      { ...TRANSFORMER, idx: first, kwargs: ['task'] },
      { ...POOLING, idx: second },
      { ...NORMALIZE, idx: third, name: 'n' },
      { ...DENSE, idx: fourth, name: 'd' },
    ];
    assert.deepEqual(await found(folder({ modules, more }), 8), { ...MEAN, steps: ['normalize', 'dense 8 3 identity'] });
  }
});

test('published modules: classes are known by their names of every version of sentence-transformers', async () => {
  const more = { '2_Dense/config.json': CONFIG, '2_Dense/model.safetensors': LINEAR };
  for (const [transformer, inner, pooling] of [
    ['models.Transformer', 'models', 'models.Pooling'],
    ['models.Transformer.Transformer', 'models', 'models.Pooling.Pooling'],
    ['base.modules.transformer.Transformer', 'base.modules.dense', 'sentence_transformer.modules.pooling.Pooling'],
    ['sentence_transformer.modules.Transformer', 'sentence_transformer.modules', 'sentence_transformer.modules.Pooling'],
  ] as const) {
    const modules = [
      { ...TRANSFORMER, type: `sentence_transformers.${transformer}` },
      { ...POOLING, type: `sentence_transformers.${pooling}` },
      { ...DENSE, type: `sentence_transformers.${inner}.Dense` },
      { ...NORMALIZE, name: '3', type: 'sentence_transformers.base.modules.normalize.Normalize' },
    ];
    assert.deepEqual(await found(folder({ modules, more }), 8), { ...MEAN, steps: ['dense 8 3 identity', 'normalize'] });
  }
});

test('published modules: a table of static embeddings is its own mean', async () => {
  const first = { idx: 0, name: '0', path: '0_StaticEmbedding', type: 'sentence_transformers.models.StaticEmbedding' };
  const newer = { ...first, path: '.', type: 'sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding' };
  assert.deepEqual(await found(folder({ modules: [first] })), MEAN);
  assert.deepEqual(await found(folder({ modules: [newer, NORMALIZE] })), { ...MEAN, steps: ['normalize'] });
  assert.equal(
    await reasonOf(folder({ modules: [first, POOLING] })),
    `HERE/modules.json: Its modules are StaticEmbedding, Pooling; ${KNOWN} ${HINT}`,
  );
});

function withDense(config: object, shapes: Record<string, number[]> = LINEAR): string {
  const more = { '2_Dense/config.json': config, '2_Dense/model.safetensors': shapes };
  return folder({ modules: [TRANSFORMER, POOLING, DENSE, { ...NORMALIZE, name: '3' }], more });
}

test('published modules: a Dense, with and without bias and residual, by every name that an activation has', async () => {
  for (const [config, shapes, activation] of [
    [CONFIG, LINEAR, 'identity'],
    [{ ...CONFIG, activation_function: 'torch.nn.Identity' }, LINEAR, 'identity'],
    [
      {
        ...CONFIG,
        activation_function: 'torch.nn.modules.activation.GELU',
        module_input_name: null,
        module_output_name: 'sentence_embedding',
      },
      LINEAR,
      'gelu',
    ],
    [{ ...CONFIG, activation_function: 'torch.nn.modules.SiLU' }, LINEAR, 'silu'],
    [{ in_features: 8, out_features: 3 }, LINEAR, 'tanh'],
    [{ ...CONFIG, bias: false }, { 'linear.weight': [3, 8] }, 'identity'],
    [{ ...CONFIG, use_residual: true }, { ...LINEAR, 'residual.weight': [3, 8] }, 'identity'],
  ] as const) {
    const at = withDense(config, shapes as unknown as Record<string, number[]>);
    assert.deepEqual(await found(at, 8), { ...MEAN, steps: [`dense 8 3 ${activation}`, 'normalize'] });
  }
});

const ACTIVATIONS = 'Identity, Tanh, ReLU, GELU, Sigmoid, SiLU, LeakyReLU, ELU, Softplus, Mish of torch.nn are supported.';

for (const [change, what] of [
  [{ activation_function: 'my_code.Swish' }, `Its activation_function is "my_code.Swish"; ${ACTIVATIONS}`],
  [
    { activation_function: 'torch.nn.modules.activation.Softmax' },
    `Its activation_function is "torch.nn.modules.activation.Softmax"; ${ACTIVATIONS}`,
  ],
  [{ activation_function: 'torch.nn.functional.tanh' }, `Its activation_function is "torch.nn.functional.tanh"; ${ACTIVATIONS}`],
  [{ activation_function: 'torch.nn.constructor' }, `Its activation_function is "torch.nn.constructor"; ${ACTIVATIONS}`],
  [{ activation_function: 'Tanh' }, `Its activation_function is "Tanh"; ${ACTIVATIONS}`],
  [{ activation_function: null }, `Its activation_function is null; ${ACTIVATIONS}`],
  [{ bias: 'yes' }, 'Its bias is "yes", expected true or false.'],
  [{ use_residual: 1 }, 'Its use_residual is 1, expected true or false.'],
  [{ in_features: 8.5 }, 'Its in_features is 8.5, expected a number of dimensions.'],
  [{ out_features: 0 }, 'Its out_features is 0, expected a number of dimensions.'],
  [{ out_features: undefined }, 'It lacks out_features.'],
  [{ module_input_name: 'token_embeddings' }, 'Its module_input_name is "token_embeddings"; only sentence_embedding is supported.'],
  [{ module_output_name: 'projected' }, 'Its module_output_name is "projected"; only sentence_embedding is supported.'],
  [{ low_rank: 4 }, 'Its low_rank is 4, which is not supported.'],
] as const) {
  test(`published modules: a Dense with ${JSON.stringify(change)} is refused by name`, async () =>
    assert.equal(await reasonOf(withDense({ ...CONFIG, ...change })), `HERE/2_Dense/config.json: ${what} ${HINT}`));
}

for (const [shapes, what] of [
  [{ 'linear.weight': [3, 8] }, 'It lacks the tensor "linear.bias", which its module needs.'],
  [{ weight: [3, 8], bias: [3] }, 'It lacks the tensor "linear.weight", which its module needs.'],
  [{ ...LINEAR, 'linear.weight': [8, 3] }, 'Its tensor "linear.weight" has shape [8, 3], expected [3, 8] by its config.json.'],
  [{ ...LINEAR, 'linear.bias': [3, 1] }, 'Its tensor "linear.bias" has shape [3, 1], expected [3] by its config.json.'],
  [{ ...LINEAR, scale: [3] }, 'It has the tensor "scale", which its module does not use.'],
] as const) {
  test(`published modules: a Dense of ${JSON.stringify(shapes)} is refused by name`, async () => {
    const at = withDense(CONFIG, shapes as unknown as Record<string, number[]>);
    assert.equal(await reasonOf(at), `HERE/2_Dense/model.safetensors: ${what} ${HINT}`);
  });
}

test('published modules: a module without weights or config.json, a length that does not fit the one before', async () => {
  const [bare, empty] = [withDense(CONFIG), withDense(CONFIG)];
  rmSync(path.join(bare, '2_Dense', 'model.safetensors'));
  assert.equal(
    await reasonOf(bare),
    'HERE/2_Dense: It has no weights: neither model.safetensors nor pytorch_model.bin, nor an index of either. ' +
      'Download the encoder again, or name another folder.',
  );
  rmSync(path.join(empty, '2_Dense', 'config.json'));
  assert.equal(await reasonOf(empty), `HERE/2_Dense/config.json: The Dense has no config.json. ${HINT}`);
  assert.equal(await reasonOf(withDense(CONFIG), 12), `HERE/modules.json: Its Dense expects vectors of 8 dimensions, but gets 12. ${HINT}`);
  const norm = { '2_LayerNorm/config.json': { dimension: 8 }, '2_LayerNorm/model.safetensors': { 'norm.weight': [8], 'norm.bias': [8] } };
  const modules = [TRANSFORMER, POOLING, NORM];
  assert.deepEqual(await found(folder({ modules, more: norm }), 8), { ...MEAN, steps: ['layer-norm'] });
  const twice = { pooling_mode: ['cls', 'mean'] };
  assert.equal(
    await reasonOf(folder({ modules, more: norm, pooling: twice }), 8),
    `HERE/modules.json: Its LayerNorm expects vectors of 8 dimensions, but gets 16. ${HINT}`,
  );
});

const normalized = (config: object) => folder({ modules: [TRANSFORMER, POOLING, NORMALIZE], more: { '2_Normalize/config.json': config } });

test("published modules: a Normalize of other vectors than a text's is none", async () => {
  const named = { module_input_name: 'sentence_embedding', module_output_name: null };
  assert.deepEqual(await found(normalized(named)), { ...MEAN, steps: ['normalize'] });
  for (const key of ['module_input_name', 'module_output_name']) {
    assert.equal(
      await reasonOf(normalized({ [key]: 'token_embeddings' })),
      `HERE/2_Normalize/config.json: Its ${key} is "token_embeddings"; only sentence_embedding is supported. ${HINT}`,
    );
  }
});

function said(values: object): string {
  return folder({ more: { 'config_sentence_transformers.json': values } });
}

test('published modules: what config_sentence_transformers.json does to texts or vectors is done, or a reason', async () => {
  for (const values of [
    { prompts: { query: 'query: ' } },
    { prompts: { plain: '' }, default_prompt_name: 'plain' },
    { prompts: { query: 'query: ' }, default_prompt_name: 'query' },
    { default_prompt_name: 'query' },
    { default_prompt_name: null, truncate_dim: null },
    { model_type: 'SentenceTransformer', similarity_fn_name: 'dot' },
  ])
    assert.deepEqual(await found(said(values)), MEAN, JSON.stringify(values));
  const file = 'HERE/config_sentence_transformers.json';
  for (const kept of [0, -8, 2.5, '16', true]) {
    const what = `Its truncate_dim is ${JSON.stringify(kept)}, expected a number of dimensions.`;
    assert.equal(await reasonOf(said({ truncate_dim: kept })), `${file}: ${what} ${HINT}`);
  }
  assert.equal(
    await reasonOf(said({ model_type: 'SparseEncoder' })),
    `${file}: Its model_type is "SparseEncoder", which is not supported; SentenceTransformer is. ${HINT}`,
  );
  assert.equal(
    await reasonOf(said({ prompts: {}, default_prompt_name: 'constructor' })),
    `${file}: default_prompt_name: It is "constructor", which is not one of its prompts. Correct the file, or download it again.`,
  );
});

const sentence = (values: object, file = 'sentence_bert_config.json') => folder({ more: { [file]: values } });
const TEXT = { method: 'forward', method_output_name: 'last_hidden_state' };

test('published modules: texts that are lower-cased are no hindrance, nor is what sentence-transformers writes by itself', async () => {
  const written = { transformer_task: 'feature-extraction', module_output_name: 'token_embeddings', modality_config: { text: TEXT } };
  for (const values of [
    {},
    { do_lower_case: true },
    written,
    { ...written, modality_config: { text: { ...TEXT, method_output_name: ['last_hidden_state'] }, image: TEXT } },
    { transformer_task: null, modality_config: null, module_output_name: null },
  ]) {
    assert.deepEqual(await found(sentence(values)), MEAN, JSON.stringify(values));
  }
});

for (const [odd, what] of [
  [{ transformer_task: 'fill-mask' }, 'Its transformer_task is "fill-mask"; only feature-extraction is supported.'],
  [
    { transformer_task: 'sequence-classification' },
    'Its transformer_task is "sequence-classification"; only feature-extraction is supported.',
  ],
  [{ transformer_task: 'text-generation' }, 'Its transformer_task is "text-generation"; only feature-extraction is supported.'],
  [{ transformer_task: 7 }, 'Its transformer_task is 7; only feature-extraction is supported.'],
  [{ module_output_name: 'sentence_embedding' }, 'Its module_output_name is "sentence_embedding"; only token_embeddings is supported.'],
  [
    { modality_config: { text: {}, message: {} } },
    'Its modality_config has "message": it wraps texts in a conversation, which is not supported.',
  ],
  [{ modality_config: { image: TEXT } }, 'Its modality_config has image, but not how texts are read.'],
  [{ modality_config: {} }, 'Its modality_config has nothing, but not how texts are read.'],
  [{ modality_config: ['text'] }, 'Its modality_config is ["text"], expected an object.'],
  [
    { modality_config: { text: { ...TEXT, method: 'get_text_features' } } },
    'Its modality_config.text.method is "get_text_features"; only forward is supported.',
  ],
  [
    { modality_config: { text: { ...TEXT, method_output_name: 'logits' } } },
    'Its modality_config.text.method_output_name is "logits"; only last_hidden_state is supported.',
  ],
  [
    { modality_config: { text: { ...TEXT, method_output_name: ['hidden_states', '-2'] } } },
    'Its modality_config.text.method_output_name is ["hidden_states","-2"]; only last_hidden_state is supported.',
  ],
] as const) {
  test(`published modules: a Transformer with ${JSON.stringify(odd)} is refused by name`, async () => {
    for (const file of ['sentence_bert_config.json', 'sentence_xlm-roberta_config.json']) {
      assert.equal(await reasonOf(sentence(odd, file)), `HERE/${file}: ${what} ${HINT}`);
    }
  });
}

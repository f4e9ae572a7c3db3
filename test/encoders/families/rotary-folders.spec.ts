import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed } from '../../../src/embed/embed.ts';
import { VectorStore } from '../../../src/embed/store.ts';
import { vectorKey } from '../../../src/embed/vector-key.ts';
import { pooledVectors } from '../../../src/embed/vectors.ts';
import { openEncoder, type Encoder } from '../../../src/encoders/encoder.ts';
import { exportEncoder } from '../../../src/encoders/export.ts';
import { DEFAULT_OPTIONS } from '../../../src/encoders/families/family.ts';
import { ownEncoder } from '../../../src/opening/encoder-ref.ts';
import { readFloats } from '../../../src/tensors/read-floats.ts';
import { readStoredTensors } from '../../../src/tensors/read-safetensors.ts';
import { WeightsFile } from '../../../src/tensors/weights-file.ts';
import { writeSafetensors } from '../../../src/tensors/write-safetensors.ts';
import { expected, ownOracle } from '../../oracles.ts';
import { temporaryFolder } from '../../temporary.ts';
import { reference } from './oracle.ts';
import { reconfigured } from './reconfigured.ts';
import { largest } from '../../largest.ts';

type Json = Readonly<Record<string, unknown>>;

interface Published {
  readonly oracle: string;
  /** Further fields of config.json. */
  readonly config?: Json;
  /** Type of the first module. */
  readonly transformer?: string;
  readonly pooling: 'cls' | 'mean';
  readonly normalised: boolean;
  /** Other files: texts, or values as JSON. */
  readonly files?: Readonly<Record<string, unknown>>;
}

const TRANSFORMER = 'sentence_transformers.models.Transformer';

/** A folder as served by the hub: an oracle's weights and tokenizer, with the files that its authors added. */
function served({ oracle, config = {}, transformer = TRANSFORMER, pooling, normalised, files = {} }: Published): string {
  const from = ownOracle(oracle);
  const folder = reconfigured(from, config);
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'vocab.txt'])
    symlinkSync(path.join(from, name), path.join(folder, name));
  const modules = [
    { idx: 0, name: 'transformer', path: '', type: transformer, ...(transformer !== TRANSFORMER && { kwargs: ['task'] }) },
    { idx: 1, name: 'pooler', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    ...(normalised ? [{ idx: 2, name: 'normalizer', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' }] : []),
  ];
  const all: Readonly<Record<string, unknown>> = {
    'modules.json': modules,
    '1_Pooling/config.json': {
      word_embedding_dimension: 18,
      pooling_mode_cls_token: pooling === 'cls',
      pooling_mode_mean_tokens: pooling === 'mean',
      pooling_mode_max_tokens: false,
      pooling_mode_mean_sqrt_len_tokens: false,
    },
    'sentence_bert_config.json': { max_seq_length: 14, do_lower_case: false },
    'config_sentence_transformers.json': { __version__: { sentence_transformers: '2.7.0' }, prompts: {}, default_prompt_name: null },
    ...files,
  };
  for (const [name, value] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return folder;
}

const PROMPTS = { 'retrieval.query': 'Represent the query: ', separation: '', classification: '' };
const NOMIC_CODE = { AutoConfig: 'nomic-ai/nomic-bert-2048--configuration_hf_nomic_bert.NomicBertConfig' };

/** By the hub's names. */
const FOLDERS: Readonly<Record<string, Published>> = {
  'nomic-embed-text-v1.5': {
    oracle: 'nomic-bert',
    config: { auto_map: NOMIC_CODE, architectures: ['NomicBertModel'], use_flash_attn: true, fused_bias_fc: true },
    pooling: 'mean',
    normalised: false,
    files: { 'modeling_hf_nomic_bert.py': 'raise SystemExit\n', 'configuration_hf_nomic_bert.py': 'raise SystemExit\n' },
  },
  'gte-base-en-v1.5': {
    oracle: 'gte',
    config: {
      auto_map: { AutoModel: 'Alibaba-NLP/new-impl--modeling.NewModel' },
      use_memory_efficient_attention: false,
      unpad_inputs: false,
      logn_attention_clip1: false,
    },
    pooling: 'cls',
    normalised: false,
  },
  'snowflake-arctic-embed-m-v2.0': {
    oracle: 'gte',
    config: { unpad_inputs: true, use_memory_efficient_attention: true, matryoshka_dimensions: [256] },
    pooling: 'cls',
    normalised: true,
  },
  'jina-embeddings-v3': {
    oracle: 'jina-v3',
    transformer: 'custom_st.Transformer',
    pooling: 'mean',
    normalised: true,
    config: {
      architectures: ['XLMRobertaModel'],
      auto_map: { AutoModel: 'jinaai/xlm-roberta-flash-implementation--modeling_lora.XLMRobertaLoRA' },
      truncate_dim: null,
      use_flash_attn: true,
    },
    files: {
      'custom_st.py': 'raise SystemExit\n',
      'config_sentence_transformers.json': { prompts: PROMPTS, default_prompt_name: null },
      'onnx/model.onnx': 'takes a task_id',
    },
  },
  'jina-embeddings-v2-base-en': {
    oracle: 'jina-v2',
    config: {
      auto_map: { AutoModel: 'jinaai/jina-bert-implementation--modeling_bert.JinaBertModel' },
      attn_implementation: 'torch',
      model_max_length: 8192,
    },
    pooling: 'mean',
    normalised: false,
  },
};

function open(folder: string, { task = 'none', onnx }: { task?: string; onnx?: string } = {}): Promise<Encoder> {
  return openEncoder({ name: 'tiny', folder, onnx, revision: '', options: { ...DEFAULT_OPTIONS, task } });
}

async function asPublished(
  encoder: Encoder,
  { texts, cache = temporaryFolder() }: { texts: readonly string[]; cache?: string },
): Promise<Float32Array> {
  const { published, depth } = encoder;
  assert.ok('steps' in published, JSON.stringify(published));
  const [vector] = pooledVectors({ poolings: ['as-published'], layers: 'last', layerMeans: [], depth, published, encoder: 'tiny' });
  const embedded = await embed({
    encoder,
    texts: [...texts],
    specs: [vector!.spec],
    store: new VectorStore(cache, assert.fail),
    threads: 1,
  });
  return (await embedded.load(vector!.spec)).data;
}

/** The same from the reference's hidden states. */
function pooled({ oracle, pooling, normalised }: Published): Float32Array {
  const { texts, tokens, width, layers, mask, states } = reference(ownOracle(oracle));
  const last = states.subarray(layers * texts * tokens * width);
  const vectors = new Float32Array(texts * width);
  for (let text = 0; text < texts; text++) {
    const rows = Array.from({ length: tokens }, (_, t) => text * tokens + t)
      .filter((row) => mask[row] === 1)
      .slice(0, pooling === 'cls' ? 1 : tokens);
    const mean = Array.from({ length: width }, (_, j) => rows.reduce((sum, row) => sum + last[row * width + j]!, 0) / rows.length);
    const length = normalised ? Math.hypot(...mean) : 1;
    vectors.set(
      mean.map((each) => each / length),
      text * width,
    );
  }
  return vectors;
}

for (const [name, published] of Object.entries(FOLDERS)) {
  test(`${name}: a folder as the hub serves it opens from its checkpoint, and as-published is what its modules make of the reference's states`, async () => {
    const folder = served(published);
    const ref = ownEncoder({ value: folder, firstLayers: undefined, dtype: undefined });
    assert.equal(ref.kind === 'folder' && ref.onnx, undefined);
    const encoder = await open(folder);
    assert.ok(largest(await asPublished(encoder, expected(ownOracle(published.oracle))), pooled(published)) < 2e-5);
  });
}

test('jina-embeddings-v3: its tasks have vectors of their own, which are kept apart', async () => {
  const folder = served(FOLDERS['jina-embeddings-v3']!);
  const cache = temporaryFolder();
  const { texts } = expected(ownOracle('jina-v3'));
  const encoders = [];
  for (const task of ['none', 'separation', 'classification']) encoders.push(await open(folder, { task }));
  const keys = encoders.map((encoder) => JSON.stringify(vectorKey(encoder)));
  assert.equal(new Set(keys).size, 3);
  assert.deepEqual(
    encoders.map(({ attention }) => attention),
    ['', 'task:separation', 'task:classification'],
  );
  const vectors = [];
  for (const encoder of encoders) vectors.push(await asPublished(encoder, { texts, cache }));
  for (const [i, encoder] of encoders.entries()) {
    const apart = largest(vectors[i]!, vectors[(i + 1) % 3]!);
    assert.ok(Number.isFinite(apart) && apart > 0.01);
    assert.deepEqual(await asPublished(encoder, { texts, cache }), vectors[i]);
  }
});

for (const task of ['none', 'separation']) {
  test(`jina-embeddings-v3: an export has the task ${task}, says so, and asks for no adapters`, async () => {
    const folder = served(FOLDERS['jina-embeddings-v3']!);
    const out = path.join(temporaryFolder(), 'out');
    const { notes } = await exportEncoder({ name: 'tiny', folder, out, dtype: 'fp32', options: { ...DEFAULT_OPTIONS, task } });
    assert.equal(
      notes.at(-1),
      task === 'none' ? 'Dropped: its adapters for 3 tasks.' : 'Merged in: the adapter of task separation. Dropped: those of other tasks.',
    );
    const config = JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8')) as Json;
    assert.deepEqual(
      Object.keys(config).filter((key) => /lora|task|adapter/.test(key)),
      [],
    );
    assert.equal(config['model_type'], 'xlm-roberta');
    const [transformer] = JSON.parse(readFileSync(path.join(out, 'modules.json'), 'utf8')) as Json[];
    assert.deepEqual(transformer, { idx: 0, name: 'transformer', type: TRANSFORMER, path: '' });
    assert.ok(!existsSync(path.join(out, 'custom_st.py')));
    const { texts } = expected(ownOracle('jina-v3'));
    const exported = await open(out, { onnx: path.join(out, 'onnx', 'model.onnx') });
    assert.ok(largest(await asPublished(exported, { texts }), await asPublished(await open(folder, { task }), { texts })) < 1e-5);
  });
}

/** One factor of an adapter, 36 numbers. */
function part(shape: readonly number[], from: number): Part {
  return { dtype: 'F32', shape, data: Float32Array.from({ length: 36 }, (_, i) => Math.sin(i + from) / 2) };
}

/** jina v3 in transformers' layout, with a peft adapter in one folder per task: `topic` and, without effect, `other`. */
async function withFolders(): Promise<{ readonly folder: string; readonly merged: string }> {
  const native = {
    model_type: 'jina_embeddings_v3',
    position_embedding_type: undefined,
    rotary_emb_base: undefined,
    lora_adaptations: undefined,
    rope_parameters: { rope_type: 'default', rope_theta: 700 },
  };
  const folder = served({ ...FOLDERS['jina-embeddings-v3']!, config: native, transformer: TRANSFORMER, files: {} });
  const merged = served({ ...FOLDERS['jina-embeddings-v3']!, config: native, transformer: TRANSFORMER, files: {} });
  const weights: (Part & { readonly name: string })[] = [];
  for (const tensor of WeightsFile.use(path.join(ownOracle('jina-v3'), 'plain.safetensors'), readStoredTensors)) {
    weights.push({ name: tensor.name, dtype: 'F32', shape: tensor.shape, data: await readFloats(tensor) });
  }
  const query = weights.find(({ name }) => name === 'layers.1.self_attn.q_proj.weight')!;
  const [a, b] = [part([2, 18], 0), part([18, 2], 1)];
  for (const each of [folder, merged]) rmSync(path.join(each, 'model.safetensors'));
  writeFileSync(path.join(folder, 'model.safetensors'), writeSafetensors(weights));
  for (const [task, factor] of [
    ['topic', 1],
    ['other', 0],
  ] as const) {
    mkdirSync(path.join(folder, task));
    writeFileSync(
      path.join(folder, task, 'adapter_config.json'),
      JSON.stringify({ peft_type: 'LORA', r: 2, lora_alpha: 3, target_modules: ['q_proj'] }),
    );
    const at = 'base_model.model.layers.1.self_attn.q_proj';
    writeFileSync(
      path.join(folder, task, 'adapter_model.safetensors'),
      writeSafetensors([
        { name: `${at}.lora_A.weight`, ...a },
        { name: `${at}.lora_B.weight`, ...b, data: b.data.map((each) => each * factor) },
      ]),
    );
  }
  for (let i = 0; i < 18; i++)
    for (let j = 0; j < 18; j++) for (let k = 0; k < 2; k++) query.data[i * 18 + j]! += 1.5 * b.data[i * 2 + k]! * a.data[k * 18 + j]!;
  writeFileSync(path.join(merged, 'model.safetensors'), writeSafetensors(weights));
  return { folder, merged };
}

interface Part {
  readonly dtype: 'F32';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

test('jina-embeddings-v3-hf: adapters in folders are tasks, none of them merged in unless named', async () => {
  const { folder, merged } = await withFolders();
  const { texts } = expected(ownOracle('jina-v3'));
  const plain = await open(folder);
  assert.equal(plain.attention, '');
  assert.deepEqual(plain.notes, [
    'It has adapters for 2 tasks (other, topic); none is merged in, as in its published code by default. Select one with `adapterTask`.',
  ]);
  assert.ok(largest(await asPublished(plain, { texts }), pooled(FOLDERS['jina-embeddings-v3']!)) < 2e-5);
  const topic = await open(folder, { task: 'topic' });
  assert.deepEqual([topic.attention, topic.notes], ['task:topic', []]);
  const vectors = await asPublished(topic, { texts });
  assert.ok(largest(vectors, await asPublished(await open(merged), { texts })) < 1e-5);
  const apart = largest(vectors, await asPublished(plain, { texts }));
  assert.ok(Number.isFinite(apart) && apart > 1e-3);
  assert.notEqual(topic.fileHash, plain.fileHash);
  assert.notEqual((await open(folder, { task: 'other' })).fileHash, plain.fileHash);
  const out = path.join(temporaryFolder(), 'out');
  const { notes } = await exportEncoder({ name: 'tiny', folder, out, dtype: 'fp32', options: { ...DEFAULT_OPTIONS, task: 'topic' } });
  assert.deepEqual(notes, ['Merged in: the adapter of task topic. Dropped: those of other tasks.']);
  assert.ok(largest(vectors, await asPublished(await open(out, { onnx: path.join(out, 'onnx', 'model.onnx') }), { texts })) < 1e-5);
  await assert.rejects(open(folder, { task: 'topics' }), {
    code: 'OPTION',
    message: `\`adapterTask\`, ${path.join(folder, 'config.json')}: It has no adapter for the task "topics". Its tasks are other, topic, or none.`,
  });
  await assert.rejects(open(merged, { task: 'topic' }), {
    code: 'OPTION',
    message:
      `\`adapterTask\`, ${path.join(merged, 'config.json')}: It has no task adapters, neither in its weights nor in subfolders. Omit the task. ` +
      'hf:jinaai/jina-embeddings-v3 and hf:jinaai/jina-embeddings-v3-hf have adapters.',
  });
});

test('a task that is named for an encoder without adapters changes nothing, and this is said', async () => {
  const { notes, attention } = await open(served(FOLDERS['gte-base-en-v1.5']!), { task: 'classification' });
  assert.equal(attention, '');
  assert.deepEqual(notes, ['It has no task adapters: `adapterTask` classification has no effect.']);
});

test('a transformer of that name in another folder is code of its own, which ends as-published alone', async () => {
  const folder = served({ ...FOLDERS['gte-base-en-v1.5']!, transformer: 'custom_st.Transformer' });
  const { published } = await open(folder);
  assert.deepEqual(published, {
    reason:
      `${path.join(folder, 'modules.json')}: Its modules are custom_st.Transformer, Pooling; a Transformer with its Pooling, or a StaticEmbedding, followed by ` +
      'Dense, LayerNorm, Normalize, Dropout are supported. Choose another pooling: cls, mean, …',
  });
});

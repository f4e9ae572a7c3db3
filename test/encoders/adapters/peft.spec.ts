import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../src/home.ts';
import { writeSafetensors } from '../../../src/tensors/write-safetensors.ts';
import { buildEncoder, buildFedEncoder } from '../../../src/encoders/families/build.ts';
import { openEncoder } from '../../../src/encoders/encoder.ts';
import { readFloats } from '../../../src/tensors/read-floats.ts';
import { exportEncoder } from '../../../src/encoders/export.ts';
import { Probe } from '../families/oracle.ts';
import { temporaryFolder } from '../../temporary.ts';
import { writeTinyCheckpoint, type TinyCheckpoint } from '../../tiny-checkpoint.ts';
import { writeTinyTokenizer } from '../../tiny-tokenizer.ts';

/**
 * An adapter that peft 0.21 saved for the tiny checkpoint, and the last hidden state that it gave with it for IDS (torch 2, float32), by
 * what is set in its configuration.
 */
interface Saved {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, { readonly shape: number[]; readonly values: number[] }>>;
  readonly last: readonly number[];
}

const SAVED = JSON.parse(
  readFileSync(path.join(packageRoot(), 'test', 'encoders', 'adapters', 'fixtures', 'peft.json'), 'utf8'),
) as Readonly<Record<string, Saved>>;
const IDS = [1, 5, 7, 19, 3, 0];
/** Of states of values up to 3. */
const TOLERANCE = 5e-6;
const root = temporaryFolder();
let count = 0;

interface Change {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly rename?: (name: string) => string;
  readonly tensors?: Saved['tensors'];
  readonly base?: TinyCheckpoint;
}

function write({ config, tensors }: Saved, change: Change = {}): string {
  const folder = writeTinyCheckpoint(path.join(root, String(count++)), change.base);
  const { rename = (name) => name } = change;
  const all = Object.entries({ ...tensors, ...change.tensors }).map(([name, { shape, values }]) => ({
    name: rename(name),
    dtype: 'F32' as const,
    shape,
    data: Float32Array.from(values),
  }));
  writeFileSync(path.join(folder, 'adapter_model.safetensors'), writeSafetensors(all));
  writeFileSync(path.join(folder, 'adapter_config.json'), JSON.stringify({ ...config, ...change.config }));
  return folder;
}

function openTiny(folder: string) {
  writeTinyTokenizer(folder);
  return openEncoder({ name: 'tiny', folder, onnx: undefined, revision: '' });
}

async function lastState(folder: string): Promise<Float32Array> {
  const probe = await Probe.open({ folder });
  const states = await probe.run(IDS, { tokens: IDS.length });
  await probe.close();
  return states.at(-1)!;
}

function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(found.length, expected.length);
  return Array.from(expected).reduce((worst, value, i) => Math.max(worst, Math.abs(value - found[i]!)), 0);
}

for (const [what, saved] of Object.entries(SAVED)) {
  test(`adapter: LoRA (${what}) is merged as peft merges it`, async () => {
    const found = difference(await lastState(write(saved)), saved.last);
    assert.ok(found < TOLERANCE, `differs by ${found}`);
  });
}

const plain = SAVED['plain']!;

for (const [what, change] of [
  ['of a base with a prefix', { base: { prefix: 'bert.' } }],
  [
    'saved of a model with a head, where the base has no prefix',
    { rename: (name: string) => name.replace('base_model.model.', 'base_model.model.bert.') },
  ],
  ['of a base by old names in a wrapper', { base: { prefix: 'module.', oldNames: true } }],
  ['saved by torch.compile', { rename: (name: string) => `_orig_mod.${name}` }],
  ["with the adapter's own name in the names", { rename: (name: string) => name.replace('.weight', '.default.weight') }],
  [
    'with a head that was trained along',
    { tensors: { 'base_model.model.classifier.weight': { shape: [2, 8], values: Array.from({ length: 16 }, () => 1) } } },
  ],
] as const satisfies readonly (readonly [string, Change])[]) {
  test(`adapter: one ${what} gives the same`, async () => {
    const found = difference(await lastState(write(plain, change)), plain.last);
    assert.ok(found < TOLERANCE, `differs by ${found}`);
  });
}

const changed = (name: string, shape: number[]) => ({
  tensors: { [name]: { shape, values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 1) } },
});
const A = 'base_model.model.encoder.layer.0.attention.self.query.lora_A.weight';

const REFUSED: readonly (readonly [string, Change, RegExp])[] = [
  ...[
    'IA3',
    'ADALORA',
    'LOHA',
    'LOKR',
    'OFT',
    'BOFT',
    'VERA',
    'FOURIERFT',
    'LN_TUNING',
    'PREFIX_TUNING',
    'PROMPT_TUNING',
    'P_TUNING',
    'TRAINABLE_TOKENS',
    'constructor',
  ].map((kind): [string, Change, RegExp] => [
    kind,
    { config: { peft_type: kind } },
    new RegExp(
      `adapter_config\\.json: peft_type: Adapters of type "${kind}" cannot be merged; only LORA can\\. Merge the adapter with peft ` +
        `\\(merge_and_unload\\) and save the whole encoder\\.$`,
    ),
  ]),
  ['no kind', { config: { peft_type: undefined } }, /It has no peft_type: only LoRA adapters of the library peft/],
  ...(
    [
      ['use_qalora', true],
      ['layer_replication', [[0, 1]]],
      ['target_parameters', ['x']],
      ['alora_invocation_tokens', [1]],
      ['arrow_config', { top_k: 1 }],
      ['use_bdlora', { nblocks: 2 }],
      ['kasa_config', { beta: 1 }],
      ['something_new', 1],
    ] as const
  ).map(([key, value]): [string, Change, RegExp] => [
    key,
    { config: { [key]: value } },
    new RegExp(`adapter_config\\.json: ${key}: It is .*, which cannot be merged\\.`),
  ]),
  ...['pissa', 'pissa_niter_4', 'olora', 'loftq', 'corda', 'lora_ga', 'mica'].map((beginning): [string, Change, RegExp] => [
    beginning,
    { config: { init_lora_weights: beginning } },
    new RegExp(`init_lora_weights: It is "${beginning}": such an adapter needs base weights other than the published ones\\.`),
  ]),
  [
    'a rank that is another',
    { config: { r: 3 } },
    /The LoRA matrices of "encoder\.layer\.0\.attention\.self\.query", \[2, 8\] and \[8, 2\], do not fit a weight of \[8, 8\] at rank 3\./,
  ],
  ['a rank of nothing', { config: { r: 0 } }, /: r: Expected a whole number above 0, got 0\./],
  [
    'DoRA without lengths',
    { config: { use_dora: true } },
    /use_dora is true, and "encoder\.layer\.0\.attention\.self\.query" has no lora_magnitude_vector\./,
  ],
  [
    'a pattern that is an expression',
    { config: { alpha_pattern: { '(a+)+$': 1 } } },
    /: alpha_pattern: Expected names of modules, got .*\./,
  ],
  [
    'a module that is not targeted',
    { config: { target_modules: ['query'] } },
    /The adapter has weights for "encoder\.layer\.0\.attention\.self\.value", which its target_modules and layers_to_transform exclude\./,
  ],
  [
    'half a pair',
    { rename: (name) => (name === A ? name.replace('lora_A', 'lora_A_old') : name) },
    /It has a tensor "encoder\.layer\.0\.attention\.self\.query\.lora_A_old\.weight", which cannot be merged\./,
  ],
  [
    'a layer that the base lacks',
    { rename: (name) => name.replace('layer.1', 'layer.9') },
    /The adapter changes "encoder\.layer\.9\.attention\.self\.query\.weight", which the encoder does not have\./,
  ],
  [
    'two adapters in a file',
    changed(A.replace('.weight', '.other.weight'), [2, 8]),
    /It has two tensors "encoder\.layer\.0\.attention\.self\.query\.lora_A": several adapters in one file\./,
  ],
];

for (const [what, change, message] of REFUSED) {
  test(`adapter: ${what}: refused by name`, async () => {
    await assert.rejects(buildEncoder({ folder: write(plain, change) }), { code: 'FORMAT', message });
  });
}

test('adapters in folders next to weights that modules.json declares as the encoder are ignored, with a note', async () => {
  const folder = writeTinyCheckpoint(path.join(root, String(count++)));
  const { fileHash } = await openTiny(folder);
  writeFileSync(
    path.join(folder, 'modules.json'),
    JSON.stringify([{ idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' }]),
  );
  mkdirSync(path.join(folder, 'lora'));
  writeFileSync(path.join(folder, 'lora', 'adapter_config.json'), '{}');
  const encoder = await openTiny(folder);
  assert.equal(encoder.fileHash, fileHash);
  assert.deepEqual(encoder.notes, [
    'Its base weights are used, as its modules.json says; the adapters in subfolders (lora) are not merged in. Select one with `adapterTask`.',
  ]);
  // Files elsewhere are refused as before, and so is an adapter of an encoder with other modules.
  mkdirSync(path.join(folder, 'adapters', 'a'), { recursive: true });
  writeFileSync(path.join(folder, 'adapters', 'a', 'adapter_config.json'), '{}');
  await assert.rejects(openTiny(folder), { code: 'FORMAT', message: /It has adapters in subfolders \(adapters\/a\)/ });
  rmSync(path.join(folder, 'adapters'), { recursive: true });
  writeFileSync(path.join(folder, 'modules.json'), JSON.stringify([{ idx: 0, name: '0', path: '', type: 'custom_st.Transformer' }]));
  await assert.rejects(openTiny(folder), { code: 'FORMAT', message: /It has adapters in subfolders \(lora\)/ });
});

for (const [what, files, message] of [
  [
    'the weights alone',
    { 'adapter_config.json': undefined },
    /adapter_model\.safetensors: Its folder lacks adapter_config\.json, which describes its weights\./,
  ],
  [
    'the configuration alone',
    { 'adapter_model.safetensors': undefined },
    /adapter_config\.json: Its folder contains neither adapter_model\.safetensors nor adapter_model\.bin\./,
  ],
  [
    'one of adapter-transformers',
    { 'pytorch_adapter.bin': 'x' },
    /pytorch_adapter\.bin: It belongs to an adapter of the library `adapters`, which is not supported\./,
  ],
  [
    'several in folders',
    { 'topic/adapter_config.json': '{}', 'adapters/a/adapter_config.json': '{}' },
    /It has adapters in subfolders \((?:topic, adapters\/a|adapters\/a, topic)\), and it is ambiguous which one is meant\./,
  ],
] as const) {
  test(`adapter: ${what}: refused by name`, async () => {
    const folder = write(plain);
    for (const [name, content] of Object.entries(files) as [string, string | undefined][]) {
      if (content === undefined) {
        rmSync(path.join(folder, name));
        continue;
      }
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
    await assert.rejects(buildEncoder({ folder }), { code: 'FORMAT', message });
  });
}

test('adapter: what a training left of its steps in a folder is no adapter of the encoder', async () => {
  const folder = writeTinyCheckpoint(path.join(root, String(count++)));
  mkdirSync(path.join(folder, 'checkpoint-500'));
  writeFileSync(path.join(folder, 'checkpoint-500', 'adapter_config.json'), '{}');
  assert.ok((await lastState(folder)).every(Number.isFinite));
});

test('adapter: untouched weights stay in their file, and only merged matrices are in the graph', async () => {
  const {
    model: { proto },
  } = await buildEncoder({ folder: write(plain) });
  const held = proto
    .graph!.initializer.filter(({ externalData, dims }) => externalData.length === 0 && dims.length === 2)
    .map(({ name }) => name);
  assert.deepEqual(
    held.toSorted(),
    ['0', '1'].flatMap((layer) => ['query', 'value'].map((part) => `encoder.layer.${layer}.attention.self.${part}.weight`)),
  );
});

test('adapter: training begins with the merged weights', async () => {
  const fed = await buildFedEncoder({ folder: write(plain) });
  const base = await buildFedEncoder({ folder: writeTinyCheckpoint(path.join(root, String(count++))) });
  const name = 'encoder.layer.0.attention.self.query.weight';
  const [merged, alone] = [await readFloats(fed.weights.get(name)!), await readFloats(base.weights.get(name)!)];
  const [a, b] = [plain.tensors[A]!.values, plain.tensors[A.replace('lora_A', 'lora_B')]!.values];
  // alpha / r = 3
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 8; j++)
      assert.ok(Math.abs(merged[i * 8 + j]! - alone[i * 8 + j]! - 3 * (b[2 * i]! * a[j]! + b[2 * i + 1]! * a[8 + j]!)) < 1e-6);
  }
});

const open = (folder: string, onnx?: string) => openEncoder({ name: 'tiny', folder, onnx, revision: '' });

test('adapter: it is part of what the encoder is, its configuration too; an export has it merged in; an ONNX file with it is refused', async () => {
  const hashes = await Promise.all(
    [write(plain), write(plain, { config: { lora_alpha: 7 } }), write(SAVED['use_rslora']!, { config: { use_rslora: false } })].map(
      async (folder) => {
        writeTinyTokenizer(folder);
        return (await open(folder)).fileHash;
      },
    ),
  );
  assert.equal(new Set(hashes).size, 3);
  const folder = write(plain);
  writeTinyTokenizer(folder);
  const out = path.join(root, 'exported');
  const { files } = await exportEncoder({ name: 'tiny', folder, out, dtype: 'fp32' });
  assert.ok(!files.some((file) => file.includes('adapter')));
  const exported = await open(out, path.join(out, 'onnx', 'model.onnx'));
  assert.equal(exported.depth, 2);
  await assert.rejects(open(folder, path.join(out, 'onnx', 'model.onnx')), {
    code: 'FORMAT',
    message: `${path.join(folder, 'adapter_config.json')}: There is an adapter next to model.onnx; whether it was merged into that file is unknown. If it was merged, move it out of the folder; if not, export the encoder with its adapter again.`,
  });
});

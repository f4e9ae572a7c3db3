import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { VectorSpec } from '../../src/embed/vectors.ts';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { exportTrained } from '../../src/encoders/export-trained.ts';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { readTensors } from '../../src/tensors/tensor-file.ts';
import { readFloats } from '../../src/tensors/read-floats.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { TrainerCore } from '../../src/training/trainer-core.ts';
import type { TrainerParams } from '../../src/training/trainer-params.ts';
import { decoderCases, writeDecoder } from '../encoders/families/decoder-cases.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyTokenizer } from '../tiny-tokenizer.ts';

const DECODERS = new Map(decoderCases().cases.map((each) => [each.name, each]));
const NAMES = [
  'qwen3',
  'qwen2',
  'llama',
  'mistral',
  'eurobert',
  'gemma3',
  'jina-v2',
  'jina-v2-code',
  't5',
  'mt5',
  'umt5',
  'nomic-bert',
  'gte',
  'jina-v3',
  'modernbert',
];

const LAST_NORM = new Set(['qwen3', 'qwen2', 'llama', 'mistral', 'eurobert', 'gemma3', 't5', 'mt5', 'umt5', 'modernbert']);

function folderOf(name: string): string {
  const decoder = DECODERS.get(name);
  if (decoder === undefined) return ownOracle(name);
  const folder = writeDecoder(decoder);
  writeTinyTokenizer(folder);
  return folder;
}

const TEXTS = [9, 4, 11, 7].map((length, text) => ({ ids: Int32Array.from({ length }, (_, i) => ((i * 5 + text * 11) % 16) + 4) }));
const LABELS = Int32Array.of(0, 1, 0, 1);

interface Params {
  readonly folder: string;
  readonly freeze?: readonly (string | number)[];
  readonly firstLayers?: number;
  readonly layer: number;
}

function paramsOf({ folder, freeze = [], firstLayers, layer }: Params): TrainerParams {
  return {
    files: { name: 'encoder', folder, onnx: undefined, firstLayers },
    spec: { token: 'mean', layers: [layer], combine: 'one' },
    objective: 'classic',
    objectiveOptions: objectiveOptions(),
    classes: 2,
    seed: 1,
    freeze,
    weightDecay: 0.1,
    decayMatricesOnly: false,
    denseEmbeddings: true,
    dropout: 0.1,
    accumulate: 1,
    chunkTokens: 1 << 20,
    padId: 0,
    threads: 1,
    device: 'cpu',
  };
}

/** Two steps with decay. Returns the weights file, and the vectors of the texts afterwards. */
async function train(params: Params) {
  const made = paramsOf(params);
  const { spec, objectiveOptions: options } = made;
  const { core } = await TrainerCore.open(made);
  const run = OBJECTIVES.classic.start({ width: core.width, classes: 2, options, labels: LABELS, seed: 1 });
  for (let step = 0; step < 2; step++) {
    const rows = [0, 1, 2, 3];
    await core.step({ texts: TEXTS, feeds: run.feeds({ epoch: 1, step, rows, batch: 4 }), step, update: { lr: 0.01, clip: 5 } });
  }
  const file = path.join(temporaryFolder(), 'weights.safetensors');
  await core.save({ weights: file });
  return { file, core, spec: spec as VectorSpec };
}

test('export of a trained encoder: weights that were stored in 16 bits are saved in float32, and config.json says so', async () => {
  for (const key of ['dtype', 'torch_dtype']) {
    const folder = writeDecoder(DECODERS.get('qwen3')!, { change: { [key]: 'bfloat16' } });
    writeTinyTokenizer(folder);
    const { file, core } = await train({ folder, layer: 2 });
    const out = path.join(temporaryFolder(), 'out');
    const record = { training: 'x', encoder: 'qwen3', dataset: 'd', pooling: 'mean', objective: 'classic', seed: 1, epoch: 1 };
    await exportTrained({ name: 'qwen3', folder, onnx: undefined, out, weights: file, record });
    const config = JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(config[key], 'float32');
    assert.deepEqual([...new Set([...(await buildFedEncoder({ folder: out })).weights.values()].map(({ dtype }) => dtype))], ['f32']);
    const again = await TrainerCore.open(paramsOf({ folder: out, layer: 2 }));
    assert.deepEqual(await again.core.embed([TEXTS[0]!]), await core.embed([TEXTS[0]!]));
  }
});

/** Per weight whether it is byte for byte that of the checkpoint. */
async function unmoved(folder: string, file: string): Promise<Map<string, boolean>> {
  const { weights } = await buildFedEncoder({ folder });
  const after = await readTensors(file);
  const same = new Map<string, boolean>();
  for (const [name, tensor] of weights) same.set(name, Buffer.compare(bytesOf(await readFloats(tensor)), bytesOf(after.get(name)!)) === 0);
  return same;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

const isEmbedding = (name: string) => /embed|^shared|emb_ln/.test(name) && !/relative_attention_bias/.test(name);
const isLayer = (layer: number) => (name: string) => new RegExp(`^(encoder\\.)?(layers?|block)\\.${layer}\\.`).test(name);

for (const name of NAMES) {
  test(`freeze: of ${name} embeddings and a layer stay byte for byte, all else moves`, async () => {
    const folder = folderOf(name);
    const { states } = await buildFedEncoder({ folder });
    const { file } = await train({ folder, freeze: ['embeddings', 0], layer: states.length - 1 });
    const same = await unmoved(folder, file);
    const frozen = [...same.keys()].filter((weight) => isEmbedding(weight) || isLayer(0)(weight));
    assert.ok(frozen.some(isEmbedding) && frozen.some(isLayer(0)));
    assert.deepEqual(
      [...same]
        .filter(([, stays]) => stays)
        .map(([weight]) => weight)
        .toSorted(),
      frozen.toSorted(),
    );
  });

  test(`cut: ${name} cut after its first layer trains that alone, and its export gives the vectors of the cut`, async () => {
    const folder = folderOf(name);
    const { file, core, spec } = await train({ folder, firstLayers: 1, layer: 1 });
    const same = await unmoved(folder, file);
    const moved = [...same].filter(([, stays]) => !stays).map(([weight]) => weight);
    assert.deepEqual(moved.toSorted(), [...same.keys()].filter((weight) => isEmbedding(weight) || isLayer(0)(weight)).toSorted());

    const out = path.join(temporaryFolder(), 'out');
    const record = { training: 'x', encoder: name, dataset: 'd', pooling: 'mean', objective: 'classic', seed: 1, epoch: 1 };
    const notes = await exportTrained({ name, folder, onnx: undefined, out, weights: file, firstLayers: 1, record });
    const alone = `${out}: Only its ONNX file is saved: config.json cannot express a cut encoder without its last norm.`;
    assert.deepEqual(notes, LAST_NORM.has(name) ? [alone] : []);
    const texts = ['the cat sat', 'what is it ?'];
    // A norm after the last layer does not belong to a truncation, and config.json cannot declare that: a checkpoint would be another
    // encoder, so none is written.
    assert.equal(existsSync(path.join(out, 'model.safetensors')), !LAST_NORM.has(name));
    for (const onnx of [path.join(out, 'onnx', 'model.onnx'), ...(LAST_NORM.has(name) ? [] : [undefined])]) {
      const encoder = await openEncoder({ name, folder: out, onnx, revision: '' });
      assert.equal(encoder.depth, 1);
      const expected: number[] = [];
      for (const text of texts) expected.push(...(await core.embed([{ ids: Int32Array.from(encoder.tokenizer.encode(text, 20).ids) }])));
      const vectors = await (
        await embed({ encoder, texts, specs: [spec], store: new VectorStore(temporaryFolder(), assert.fail), threads: 1 })
      ).load(spec);
      const worst = vectors.data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
      assert.ok(worst < 1e-5, `${onnx === undefined ? 'checkpoint' : 'graph'} differs by ${worst}`);
    }
  });
}

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { ftruncateSync, openSync, closeSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Weights } from '../../../src/encoders/families/weights.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { openBin } from '../checkpoint/folders.ts';
import { floats, tensor, torchZip, type TensorSpec } from '../checkpoint/torch-files.ts';
import { temporaryFolder } from '../../temporary.ts';

async function open(specs: Readonly<Record<string, TensorSpec>>, storages: Readonly<Record<string, Uint8Array>>): Promise<Weights> {
  const checkpoint = await openBin(
    torchZip({ dict: Object.entries(specs).map(([name, spec]) => [name, tensor(spec)] as const) }, storages),
  );
  return new Weights({ tensors: checkpoint.tensors, prefix: '', root: path.dirname(checkpoint.files[0]!), folder: 'HERE' });
}

test('weights: a transposed view becomes a copy in row-major order', async () => {
  const weights = await open({ wanted: { storage: '0', length: 6, shape: [3, 2], strides: [1, 3] } }, { 0: floats(1, 2, 3, 4, 5, 6) });
  const graph = new GraphBuilder();
  assert.equal(weights.add(graph, 'wanted', [3, 2]), 'wanted');
  assert.equal(weights.add(graph, 'wanted', [3, 2]), 'wanted');
  await weights.load();
  const { initializer } = graph.build().graph!;
  assert.deepEqual(
    initializer.map(({ rawData }) => [...new Float32Array(rawData.slice().buffer)]),
    [[1, 4, 2, 5, 3, 6]],
  );
});

test('weights: views that no part of the graph asks for are not read', async () => {
  const numbers = 1 << 18;
  const repeats = Object.fromEntries(
    ['a', 'b', 'c'].map((name) => [name, { storage: '0', length: numbers, shape: [numbers], strides: [0] }] as const),
  );
  const storages = { 0: new Uint8Array(4 * numbers) };
  const weights = await open({ wanted: { storage: '0', length: numbers, shape: [2, 2], strides: [1, 2] }, ...repeats }, storages);
  const before = process.memoryUsage().arrayBuffers;
  weights.add(new GraphBuilder(), 'wanted', [2, 2]);
  await weights.load();
  assert.ok(process.memoryUsage().arrayBuffers - before < numbers, 'as much as a quarter of one of them');
  assert.deepEqual(weights.unused, ['a', 'b', 'c']);
});

test('weights: a view of another shape than config.json makes it is refused before it is read', async () => {
  const weights = await open({ wanted: { storage: '0', length: 4, shape: [100], strides: [0] } }, { 0: floats(1, 2, 3, 4) });
  assert.throws(() => weights.add(new GraphBuilder(), 'wanted', [4]), {
    code: 'FORMAT',
    message:
      /pytorch_model\.bin: "wanted" is \[100\], expected \[4\] by config\.json\. Check that config\.json and the weights belong together\.$/,
  });
});

for (const [type, bytes] of [
  ['F32', 4],
  ['F16', 2],
] as const) {
  for (const [what, most] of [
    ['fp32', 0.1],
    ['q8', 1.5],
  ] as const) {
    test(`weights: building ${what} of ${type} holds at most ${most} times the weights`, () => {
      const { folder, size } = writeZeros(type, bytes);
      const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(import.meta.dirname, 'build-peak.js'), folder, what], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      assert.ok(Number(stdout) > 0 && Number(stdout) <= most * size, `${stdout} bytes more for ${size} bytes of weights`);
    });
  }
}

const WIDTH = 1024;
const INNER = 4096;
const LAYERS = 8;

/** A BERT of a hundred million weights, all zeros, which take no space on disk. */
function writeZeros(dtype: string, bytes: number): { folder: string; size: number } {
  const folder = temporaryFolder();
  const header: Record<string, unknown> = {};
  let at = 0;
  const add = (name: string, ...shape: number[]) => {
    const length = bytes * shape.reduce((product, dim) => product * dim, 1);
    header[name] = { dtype, shape, data_offsets: [at, at + length] };
    at += length;
  };
  const linear = (name: string, to: number, from: number) => {
    add(`${name}.weight`, to, from);
    add(`${name}.bias`, to);
  };
  const norm = (name: string) => ['weight', 'bias'].forEach((part) => add(`${name}.${part}`, WIDTH));
  for (const [table, rows] of [
    ['word', 100],
    ['position', 16],
    ['token_type', 2],
  ] as const)
    add(`embeddings.${table}_embeddings.weight`, rows, WIDTH);
  norm('embeddings.LayerNorm');
  for (let layer = 0; layer < LAYERS; layer++) {
    const name = `encoder.layer.${layer}`;
    for (const part of ['self.query', 'self.key', 'self.value', 'output.dense']) linear(`${name}.attention.${part}`, WIDTH, WIDTH);
    norm(`${name}.attention.output.LayerNorm`);
    linear(`${name}.intermediate.dense`, INNER, WIDTH);
    linear(`${name}.output.dense`, WIDTH, INNER);
    norm(`${name}.output.LayerNorm`);
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = path.join(folder, 'model.safetensors');
  writeFileSync(file, Buffer.concat([length, json]));
  const handle = openSync(file, 'r+');
  ftruncateSync(handle, 8 + json.length + at);
  closeSync(handle);
  writeFileSync(
    path.join(folder, 'config.json'),
    JSON.stringify({
      model_type: 'bert',
      vocab_size: 100,
      hidden_size: WIDTH,
      num_hidden_layers: LAYERS,
      num_attention_heads: 16,
      intermediate_size: INNER,
      max_position_embeddings: 16,
      type_vocab_size: 2,
      hidden_act: 'gelu',
      layer_norm_eps: 1e-12,
    }),
  );
  return { folder, size: at };
}

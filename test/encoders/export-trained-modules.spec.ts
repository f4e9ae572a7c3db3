import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { pooledVectors } from '../../src/embed/vectors.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { exportEncoder } from '../../src/encoders/export.ts';
import { exportTrained } from '../../src/encoders/export-trained.ts';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { readFloats } from '../../src/tensors/read-floats.ts';
import { writeSafetensors } from '../../src/tensors/write-safetensors.ts';
import { modulesExpected, modulesTexts, withModules } from '../modules-oracle.ts';
import { temporaryFolder } from '../temporary.ts';

const { texts } = modulesTexts();
const RECORD = { training: 'x', encoder: 'tiny', dataset: 'd', pooling: 'as-published', objective: 'cea', seed: 0, epoch: 1 };

async function asPublished(folder: string, onnx?: string): Promise<Float32Array> {
  const encoder = await openEncoder({ name: 'tiny', folder, onnx: onnx && path.join(folder, onnx), revision: '' });
  const { published, depth } = encoder;
  assert.ok('steps' in published, JSON.stringify(published));
  const [vector] = pooledVectors({ poolings: ['as-published'], layers: 'last', layerMeans: [], depth, published, encoder: 'tiny' });
  const store = new VectorStore(temporaryFolder(), assert.fail);
  return (await (await embed({ encoder, texts, specs: [vector!.spec], store, threads: 1 })).load(vector!.spec)).data;
}

/** The weights of an encoder as training saves them, each times `factor`. */
async function trainedWeights(folder: string, factor: number): Promise<string> {
  const { weights } = await buildFedEncoder({ folder });
  const tensors = [];
  for (const [name, tensor] of weights) {
    const data = (await readFloats(tensor)).map((value) => value * factor);
    tensors.push({ name, dtype: 'F32' as const, shape: [...tensor.shape], data });
  }
  const file = path.join(temporaryFolder(), 'weights.safetensors');
  writeFileSync(file, writeSafetensors(tensors));
  return file;
}

const largest = (a: Float32Array, b: Float32Array) =>
  a.length === b.length ? a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0) : Infinity;

for (const name of ['everything', 'dense-bin', 'truncated']) {
  test(`export of a trained encoder: the modules of ${name} come along, behind its checkpoint and behind its graph`, async () => {
    const folder = withModules(name);
    const vectors: Float32Array[] = [];
    for (const factor of [1, 1.1]) {
      const out = path.join(temporaryFolder(), 'out');
      await exportTrained({ name: 'tiny', folder, onnx: undefined, out, weights: await trainedWeights(folder, factor), record: RECORD });
      const [checkpoint, graph] = [await asPublished(out), await asPublished(out, 'onnx/model.onnx')];
      assert.ok(largest(checkpoint, graph) < 1e-5);
      vectors.push(graph);
    }
    assert.ok(largest(vectors[0]!, modulesExpected().get(`${name}.encode`)!) < 1e-5);
    assert.ok(largest(vectors[0]!, vectors[1]!) > 1e-3, 'other weights are other vectors');
  });
}

test('export of a trained encoder: so do they behind an encoder that came as an ONNX file', async () => {
  const from = path.join(temporaryFolder(), 'from');
  await exportEncoder({ name: 'tiny', folder: withModules('everything'), out: from, dtype: 'fp32' });
  const weights = path.join(temporaryFolder(), 'weights.safetensors');
  writeFileSync(weights, writeSafetensors([]));
  const out = path.join(temporaryFolder(), 'out');
  await exportTrained({ name: 'tiny', folder: from, onnx: path.join(from, 'onnx', 'model.onnx'), out, weights, record: RECORD });
  assert.ok(largest(await asPublished(out, 'onnx/model.onnx'), modulesExpected().get('everything.encode')!) < 1e-5);
});

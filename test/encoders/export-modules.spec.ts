import assert from 'node:assert/strict';
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { pooledVectors } from '../../src/embed/vectors.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { exportEncoder, type ExportDtype } from '../../src/encoders/export.ts';
import { modulesTexts, withModules } from '../modules-oracle.ts';
import { temporaryFolder } from '../temporary.ts';
import { largest } from '../largest.ts';

const { texts } = modulesTexts();

interface Place {
  readonly folder: string;
  readonly onnx?: string;
  readonly firstLayers?: number;
  readonly dtype?: string;
}

async function asPublished({ folder, onnx, firstLayers, dtype }: Place): Promise<Float32Array> {
  const encoder = await openEncoder({ name: 'tiny', folder, onnx: onnx && path.join(folder, onnx), revision: '', firstLayers, dtype });
  const { published, depth } = encoder;
  assert.ok('steps' in published, JSON.stringify(published));
  const [vector] = pooledVectors({ poolings: ['as-published'], layers: 'last', layerMeans: [], depth, published, encoder: 'tiny' });
  const store = new VectorStore(temporaryFolder(), assert.fail);
  return (await (await embed({ encoder, texts, specs: [vector!.spec], store, threads: 1 })).load(vector!.spec)).data;
}

for (const name of ['everything', 'dense-bin', 'dense-bf16', 'norm', 'truncated', 'flags-all']) {
  test(`export: the modules of ${name} come along, and give the same vectors`, async () => {
    const folder = withModules(name);
    const out = path.join(temporaryFolder(), 'out');
    const { files } = await exportEncoder({ name: 'tiny', folder, out, dtype: 'fp32' });
    assert.ok(files.includes('1_Pooling/config.json'));
    assert.ok(largest(await asPublished({ folder }), await asPublished({ folder: out, onnx: 'onnx/model.onnx' })) < 1e-5);
  });
}

test('export: so do they in 16 and 8 bits, behind a cut, and over an export that is there', async () => {
  const folder = withModules('everything');
  const out = path.join(temporaryFolder(), 'out');
  for (const [dtype, onnx, change, tolerance] of [
    ['fp16', 'onnx/model_fp16.onnx', {}, 0.02],
    ['q8', 'onnx/model_quantized.onnx', { dtype: 'q8' }, 1e-5],
    ['fp32', 'onnx/model.onnx', { firstLayers: 1 }, 1e-5],
  ] as const) {
    const { firstLayers } = { firstLayers: undefined, ...change };
    await exportEncoder({ name: 'tiny', folder, out, dtype: dtype satisfies ExportDtype, firstLayers, overwrite: true });
    assert.ok(largest(await asPublished({ folder, ...change }), await asPublished({ folder: out, onnx })) < tolerance, dtype);
  }
});

test('export: modules in folders of any name, and of the older layout; none from outside the folder', async () => {
  const folder = withModules('dense-bin');
  const file = path.join(folder, 'modules.json');
  const modules = JSON.parse(readFileSync(file, 'utf8')) as { path: string }[];
  renameSync(path.join(folder, '2_Dense'), path.join(folder, '2_Dense_24'));
  cpSync(path.join(folder, '3_Dense'), path.join(folder, 'heads', 'last'), { recursive: true });
  modules[2]!.path = '2_Dense_24';
  modules[3]!.path = 'heads/last';
  writeFileSync(file, JSON.stringify(modules));
  const out = path.join(temporaryFolder(), 'out');
  for (let i = 0; i < 2; i++) {
    const { files } = await exportEncoder({ name: 'tiny', folder, out, dtype: 'fp32', overwrite: true });
    for (const name of ['2_Dense_24/pytorch_model.bin', 'heads/last/pytorch_model.bin']) assert.ok(files.includes(name), files.join(' '));
  }
  assert.ok(largest(await asPublished({ folder }), await asPublished({ folder: out, onnx: 'onnx/model.onnx' })) < 1e-5);
  modules[3]!.path = '../dense';
  writeFileSync(file, JSON.stringify(modules));
  const { files } = await exportEncoder({ name: 'tiny', folder, out, dtype: 'fp32', overwrite: true });
  assert.ok(
    files.every((name) => !name.includes('..') && !name.includes('last')),
    files.join(' '),
  );
});

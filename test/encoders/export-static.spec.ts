import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { pooledVectors } from '../../src/embed/vectors.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { EXPORT_DTYPES, exportEncoder, type ExportDtype } from '../../src/encoders/export.ts';
import { staticExpected, staticFolder, staticFolders, staticTexts } from '../static-oracle.ts';
import { temporaryFolder } from '../temporary.ts';

/**
 * Relative to a vector's largest value: float16 has 11 bits; in 8 bits a number is off by half of 1/127 of its row's largest, which a
 * following LayerNorm amplifies.
 */
const TOLERANCES: Readonly<Record<ExportDtype, number>> = { fp32: 1e-5, fp16: 1e-3, q8: 3e-2 };
const GRAPHS: Readonly<Record<ExportDtype, string>> = { fp32: 'model.onnx', fp16: 'model_fp16.onnx', q8: 'model_quantized.onnx' };
const { texts } = staticTexts();

async function published(folder: string, onnx: string | undefined): Promise<Float32Array> {
  const encoder = await openEncoder({ name: 'static', folder, onnx, revision: '' });
  assert.ok('steps' in encoder.published, JSON.stringify(encoder.published));
  const [vector] = pooledVectors({
    poolings: ['as-published'],
    layers: 'last',
    layerMeans: [],
    depth: 0,
    published: encoder.published,
    encoder: 'static',
  });
  const embedded = await embed({
    encoder,
    texts,
    specs: [vector!.spec],
    store: new VectorStore(temporaryFolder(), assert.fail),
    threads: 1,
  });
  return (await embedded.load(vector!.spec)).data;
}

for (const name of staticFolders('encode')) {
  test(`exports of ${name} open again, with the vectors that it has`, async () => {
    const folder = staticFolder(name);
    const theirs = staticExpected().get(`${name}.encode`)!;
    const most = theirs.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    for (const dtype of EXPORT_DTYPES) {
      const out = path.join(temporaryFolder(), 'out');
      await exportEncoder({ name, folder, out, dtype, overwrite: false });
      const ours = await published(out, path.join(out, 'onnx', GRAPHS[dtype]));
      const difference = ours.reduce((worst, value, i) => Math.max(worst, Math.abs(value - theirs[i]!)), 0);
      assert.ok(difference <= TOLERANCES[dtype] * most, `${dtype} differs by ${difference} of ${most}`);
    }
  });
}

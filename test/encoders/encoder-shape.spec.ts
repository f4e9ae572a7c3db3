import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeRandomEncoder } from '../../perf/card/random-encoder.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { encoderShape } from '../../src/encoders/encoder-shape.ts';
import { openTrainable } from '../../src/training/trainable.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';

/** Layers, width, inner width with its gate, heads, as their config.json says. */
const FAMILIES = {
  'bert-uncased': [3, 16, 24, 2],
  albert: [6, 16, 24, 2],
  gte: [2, 18, 54, 3],
  'jina-v2': [2, 18, 40, 3],
  longformer: [3, 16, 24, 2],
  bigbird: [3, 16, 24, 2],
  modernbert: [4, 16, 48, 2],
  t5: [2, 16, 24, 3],
} as const;

for (const [family, [layers, width, inner, heads]] of Object.entries(FAMILIES)) {
  test(`shape of an encoder: ${family}, to be run and to be trained`, async () => {
    const files = { name: family, folder: ownOracle(family), onnx: undefined, revision: '' };
    const run = await openEncoder({ ...files, device: 'webgpu', sha256: () => Promise.resolve('') });
    const { weightBytes, ...sizes } = run.shape!;
    assert.deepEqual(sizes, { layers, width, inner, heads });
    const { inference, weights } = await openTrainable(files, {}, 'webgpu');
    assert.deepEqual(encoderShape({ model: inference, states: inference.states, fed: weights }), { ...sizes, weightBytes });
  });
}

test('shape of an encoder: bytes of weights are those of float32', async () => {
  const shape = { name: 'small', layers: 2, width: 32, heads: 4, inner: 64, vocabulary: 500 };
  const folder = writeRandomEncoder(temporaryFolder(), { shape, texts: [] });
  const files = { name: 'small', folder, onnx: undefined, revision: '', sha256: () => Promise.resolve('') };
  const encoder = await openEncoder({ ...files, device: 'webgpu' });
  assert.equal((await openEncoder(files)).shape, undefined, 'on the CPU nothing depends on it');
  const tables = (500 + 512 + 2) * 32 + 2 * 32;
  const layer = 4 * (32 * 32 + 32) + (32 * 64 + 64) + (64 * 32 + 32) + 4 * 32;
  const { weightBytes, ...sizes } = encoder.shape!;
  assert.deepEqual(sizes, { layers: 2, width: 32, inner: 64, heads: 4 });
  // And a few constants.
  assert.ok(weightBytes - 4 * (tables + 2 * layer) >= 0 && weightBytes - 4 * (tables + 2 * layer) < 200, String(weightBytes));
});

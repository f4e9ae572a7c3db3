import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed } from '../../../src/embed/embed.ts';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { VectorStore } from '../../../src/embed/store.ts';
import { pooledVectors, type VectorSpec } from '../../../src/embed/vectors.ts';
import { openEncoder } from '../../../src/encoders/encoder.ts';
import { expected, unpaddedIds } from '../../oracles.ts';
import { shared, unlessShared } from '../../shared.ts';
import { temporaryFolder } from '../../temporary.ts';

/** Of values that reach 4 to 14; float32 against float64 differs by up to 4e-5. */
const TOLERANCE = 1e-4;

for (const family of ['qwen3', 'mistral', 'eurobert', 't5']) {
  const cases = ['cases', '26-rms-norm-onnx', family] as const;
  test(
    `${family}: every hidden state of torch's export, and the means over layers, are the reference's`,
    { skip: unlessShared(...cases) || unlessShared('oracles', family) },
    async () => {
      const known = expected(shared('oracles', family));
      const folder = shared(...cases);
      const encoder = await openEncoder({
        name: family,
        folder,
        onnx: path.join(folder, 'model.onnx'),
        revision: '',
        maxLength: known.max_length,
      });
      const ids = known.texts.map((_, i) => unpaddedIds(known, i));
      for (const [i, text] of known.texts.entries()) assert.deepEqual([...encoder.tokenizer.encode(text, known.max_length).ids], ids[i]);
      const { tensors } = readSafetensors(readFileSync(shared('oracles', family, 'expected.safetensors')), family);
      const { shape, data } = tensors.get('hidden_states')!;
      const [layers, batch, tokens, width] = shape as [number, number, number, number];
      assert.equal(encoder.depth, layers - 1);
      // As traced, a text of one token takes another path.
      const rows = [...ids.keys()].filter((i) => ids[i]!.length > 1);
      const texts = rows.map((i) => known.texts[i]!);
      const each = Array.from({ length: layers }, (_, layer): VectorSpec => ({ token: 'mean', layers: [layer], combine: 'one' }));
      const means = pooledVectors({
        poolings: ['layermean', 'cls-layermean'],
        layers: 'last',
        layerMeans: ['0..L', '1..L'],
        depth: encoder.depth,
        published: undefined,
        encoder: family,
      });
      const specs = [...each, ...means.map(({ spec }) => spec)];
      const embedded = await embed({ encoder, texts, specs, store: new VectorStore(temporaryFolder(), assert.fail), threads: 1 });
      for (const spec of specs) {
        const found = await embedded.load(spec);
        let worst = 0;
        for (const [row, text] of rows.entries()) {
          const first = known.attention_mask[text]!.indexOf(1);
          const length = spec.token === 'cls' ? 1 : ids[text]!.length;
          for (let j = 0; j < width; j++) {
            let sum = 0;
            for (const layer of spec.layers) {
              for (let t = 0; t < length; t++) sum += (data as Float32Array)[((layer * batch + text) * tokens + first + t) * width + j]!;
            }
            worst = Math.max(worst, Math.abs(found.data[row * width + j]! - sum / (length * spec.layers.length)));
          }
        }
        assert.ok(worst <= TOLERANCE, `${spec.token} of ${spec.layers.join()} differs by ${worst}`);
      }
    },
  );
}

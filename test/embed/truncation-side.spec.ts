import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { TOKEN_POOLINGS } from '../../src/embed/vectors.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

async function vectors(side: 'left' | 'right', texts: readonly string[]): Promise<{ rows: number[][][]; cut: number }> {
  const folder = writeTinyEncoder(path.join(temporaryFolder(), 'tiny'));
  writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify({ truncation_side: side }));
  const encoder = await openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '', maxLength: 6 });
  const specs = TOKEN_POOLINGS.map((token) => ({ token, layers: [encoder.depth], combine: 'one' as const }));
  const embedded = await embed({ encoder, texts, specs, store: new VectorStore(temporaryFolder()), threads: 1 });
  const rows: number[][][] = [];
  for (const spec of specs) {
    const { data, cols } = await embedded.load(spec);
    rows.push(texts.map((_, i) => [...data.subarray(i * cols, (i + 1) * cols)]));
  }
  return { rows, cut: embedded.cut };
}

test('truncation side: a long text has the vectors of what is left of it, whatever the pooling', async () => {
  const long = 'what who ab where is the a b';
  for (const [side, rest] of [
    ['left', 'is the a b'],
    ['right', 'what who ab'],
  ] as const) {
    const { rows, cut } = await vectors(side, [long, rest]);
    assert.equal(cut, 1);
    for (const [i, [whole, part]] of rows.entries()) assert.deepEqual(whole, part, `${side}: ${TOKEN_POOLINGS[i]}`);
  }
});

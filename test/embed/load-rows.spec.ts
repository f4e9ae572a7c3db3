import assert from 'node:assert/strict';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { loadRows, loadVectors, type CutVector } from '../../src/embed/cut.ts';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { closeRows } from '../../src/numeric/rows.ts';
import { numbersOf } from '../rows.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'load-rows-'));
const at = writeTinyEncoder(path.join(folder, 'encoder'), { layers: 2 });
const encoder = await openEncoder({ name: 'tiny', folder: at, onnx: path.join(at, 'model.onnx'), revision: '', firstLayers: undefined });
const spec = { token: 'mean', layers: [2], combine: 'one', unit: true } as const;
/** Some are equal: they share one vector. */
const texts = Array.from(
  { length: 60 },
  (_, i) => ['red', 'green', 'blue'].slice(0, 1 + (i % 3)).join(' ') + ' '.repeat(i % 2) + 'a'.repeat(i % 7),
);
const store = new VectorStore(path.join(folder, 'store'));
const embedded = await embed({ encoder, texts, specs: [spec], store, threads: 1 });

test('load rows: vectors in a file are those in memory, whole and cut', async () => {
  const width = embedded.width(spec);
  for (const dim of [undefined, width, width - 3]) {
    const vector: CutVector = { pooling: 'mean', dim, spec, encoder: 'tiny' };
    const held = await loadVectors(embedded, vector);
    const file = await loadRows(embedded, vector, { folder, heldBytes: 4 * 60 * (dim ?? width) - 1 });
    assert.ok('descriptor' in file);
    assert.deepEqual(numbersOf(file), [...held.data]);
    closeRows(file);
    assert.ok('data' in (await loadRows(embedded, vector, { folder, heldBytes: 4 * 60 * (dim ?? width) })));
  }
});

test('load rows: more numbers than vectors have are refused before anything is written', async () => {
  const vector: CutVector = { pooling: 'mean', dim: 1000, spec, encoder: 'tiny' };
  await assert.rejects(loadRows(embedded, vector, { folder: path.join(folder, 'none'), heldBytes: 0 }), {
    code: 'OPTION',
    message: /The mean vectors of tiny have \d+ dimensions, fewer than 1000\./,
  });
  assert.ok(!existsSync(path.join(folder, 'none')));
});

test('load rows: a place that takes no file is named', async () => {
  const vector: CutVector = { pooling: 'mean', dim: undefined, spec, encoder: 'tiny' };
  await assert.rejects(loadRows(embedded, vector, { folder: path.join(at, 'model.onnx'), heldBytes: 0 }), {
    code: 'STORE',
    message:
      /model\.onnx: 1 MB of vectors for the search cannot be written \(.*\)\. Free disk space or give another folder with `cache`\.$/,
  });
});

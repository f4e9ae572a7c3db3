import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { pooledVectors } from '../../src/embed/vectors.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { openTrainable } from '../../src/training/trainable.ts';
import { writeSafetensors, type NamedTensor } from '../../src/tensors/write-safetensors.ts';
import { staticFolder } from '../static-oracle.ts';
import { temporaryFolder } from '../temporary.ts';

const WIDTH = 8;
const table = (rows: number, name = 'embeddings', value = 1): NamedTensor => ({
  name,
  dtype: 'F32',
  shape: [rows, WIDTH],
  data: new Float32Array(rows * WIDTH).fill(value),
});
const list = (name: string, values: readonly number[]): NamedTensor => ({
  name,
  dtype: 'I32',
  shape: [values.length],
  data: Int32Array.from(values),
});
const tensors =
  (...all: readonly NamedTensor[]) =>
  (folder: string) =>
    writeFileSync(path.join(folder, 'model.safetensors'), writeSafetensors(all));
const config = (values: object) => (folder: string) =>
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'model2vec', ...values }));
const rows = Array.from({ length: 118 }, () => 0);

const CASES: readonly (readonly [string, (folder: string) => void, RegExp])[] = [
  [
    'a table of one axis',
    tensors({ ...table(4), shape: [4 * WIDTH] }),
    /: Its table "embeddings" is \[32\], expected \[tokens, width\]\. Download/,
  ],
  [
    'no table',
    tensors(table(4, 'weight')),
    /: Its weights have no token table: neither "embedding\.weight" nor "embeddings"; they begin weight\. Download/,
  ],
  [
    'two tables',
    tensors(table(118), table(118, 'embedding.weight')),
    /: Its weights have two token tables, .* and it is ambiguous which one is meant\. Download/,
  ],
  ['a table shorter than the vocabulary', tensors(table(4)), /vocabulary|token/i],
  [
    'a mapping beyond the table',
    tensors(table(3), list('mapping', [...rows.slice(1), 3])),
    /: Its "mapping" sends a token to row 3, and "embeddings" has rows 0 to 2\. Download/,
  ],
  [
    'shared rows without a mapping',
    (folder) => (config({ vocabulary_quantization: 3 })(folder), tensors(table(118))(folder)),
    /: Its config\.json says that tokens share 3 vectors .* Download/,
  ],
  [
    'factors of other tokens',
    tensors(table(118), { name: 'weights', dtype: 'F32', shape: [3], data: new Float32Array(3) }),
    /: It has 118 tokens by its "embeddings", and 3 by its "weights"\. Download/,
  ],
  ['NaN', tensors(table(118, 'embeddings', NaN)), /NaN/],
  ['a file that was cut short', (folder) => truncateSync(path.join(folder, 'model.safetensors'), 500), /model\.safetensors/],
  ['a length that is none', config({ max_length: 'long' }), /config\.json: max_length/],
  [
    'no tokenizer',
    (folder) => writeFileSync(path.join(folder, 'tokenizer.json'), '{}'),
    /tokenizer\.json: This tokenizer is not supported/,
  ],
];

for (const [what, break_, message] of CASES) {
  test(`static encoders: ${what} is refused in one line`, async () => {
    const folder = staticFolder('model2vec');
    break_(folder);
    const text = 'the old ferry waits; river';
    await assert.rejects(
      async () => {
        const encoder = await openEncoder({ name: 'static', folder, onnx: undefined, revision: '' });
        const [vector] = pooledVectors({
          poolings: ['mean'],
          layers: 'last',
          layerMeans: [],
          depth: 0,
          published: undefined,
          encoder: 'static',
        });
        await embed({ encoder, texts: [text], specs: [vector!.spec], store: new VectorStore(temporaryFolder(), assert.fail), threads: 1 });
      },
      (error: Error) => {
        assert.match(error.message, message);
        assert.ok(!error.message.includes('\n'), error.message);
        return true;
      },
    );
  });
}

test('static encoders: unknown settings of config.json are reported, classes of a classifier are not', async () => {
  const folder = staticFolder('model2vec');
  const values = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as object;
  writeFileSync(
    path.join(folder, 'config.json'),
    JSON.stringify({ ...values, window: 3, id2label: { 0: 'a' }, label2id: { a: 0 }, num_labels: 1, problem_type: 'regression' }),
  );
  const { notes } = await openEncoder({ name: 'static', folder, onnx: undefined, revision: '' });
  assert.ok(notes.includes('Unsupported and ignored: window 3 of its config.json.'), notes.join(' '));
});

test('static encoders: there is no layer to cut after', async () => {
  await assert.rejects(openEncoder({ name: 'static', folder: staticFolder('model2vec'), onnx: undefined, revision: '', firstLayers: 1 }), {
    code: 'OPTION',
    message: 'static: No layer 1. It is a static encoder without layers.',
  });
});

test('static encoders: a table in 8 bits is embedded with, and not trained', async () => {
  const folder = staticFolder('model2vec-i8');
  await openEncoder({ name: 'static', folder, onnx: undefined, revision: '' });
  await assert.rejects(openTrainable({ name: 'static', folder, onnx: undefined }), {
    code: 'FORMAT',
    message:
      `${path.join(folder, 'model.safetensors')}: "embeddings" has type i8; weights must be floating point. ` +
      'Use the encoder before quantisation, or save it in float32.',
  });
});

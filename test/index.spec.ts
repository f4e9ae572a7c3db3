import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../src/home.ts';
import { diff, embed, knn, score, type Matrix } from '../src/index.ts';
import { temporaryFolder } from './temporary.ts';
import { writeTinyEncoder } from './tiny-encoder.ts';

const root = temporaryFolder();
const model = writeTinyEncoder(path.join(root, 'tiny'), { layers: 3 });
const options = { model, cache: path.join(root, 'cache'), offline: true };
const TEXTS = ['what is the sea?', 'who', 'a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l', 'who'];

test('embed: a matrix for each pooling and layer, with the encoder that made it', async () => {
  const { encoder, vectors, cut } = await embed({
    ...options,
    texts: TEXTS,
    poolings: ['cls', 'mean-last4', 'cls', 'layermean'],
    layers: [1, 3],
  });
  assert.deepEqual(
    vectors.map(({ pooling, layers, rows, cols, data }) => [pooling, layers, rows, cols, data.length]),
    [
      ['cls', '1', 4, 16, 64],
      ['cls', '3', 4, 16, 64],
      ['mean-last4', 'last4', 4, 64, 256],
      ['layermean', '0..L', 4, 16, 64],
    ],
  );
  const { data } = vectors[1]!;
  assert.deepEqual(data.slice(16, 32), data.slice(48, 64));
  assert.notDeepEqual(data.slice(0, 16), data.slice(16, 32));
  assert.match(encoder.fileHash, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    { ...encoder, fileHash: '' },
    { name: 'tiny', revision: '', fileHash: '', dtype: 'fp32', device: 'cpu', maxLength: 40, depth: 3, prompt: '' },
  );
  assert.equal(cut, 0);
});

test('embed: mean of the last layer where nothing is said; a second call runs no text, and gives the same', async () => {
  const first = await embed({ ...options, texts: TEXTS, maxLength: 8 });
  assert.deepEqual(
    first.vectors.map(({ pooling, layers }) => [pooling, layers]),
    [['mean', 'last']],
  );
  assert.equal(first.cut, 2);
  let tokens = -1;
  const again = await embed({ ...options, texts: TEXTS, maxLength: 8, onProgress: (progress) => void (tokens = progress.tokens) });
  assert.equal(tokens, 0);
  assert.deepEqual(again, first);
});

test('embed, knn: many times more threads than cores are no more than slow', { timeout: 60_000 }, async () => {
  const few = await embed({ ...options, texts: TEXTS, threads: 1, cache: path.join(root, 'few') });
  const many = await embed({ ...options, texts: TEXTS, threads: 100_000, cache: path.join(root, 'many') });
  assert.deepEqual(many, few);
  const { predicted } = await knn({ vectors: many.vectors[0]!, labels: ['a', 'b', 'a', 'b'], k: 1, threads: 100_000 });
  assert.deepEqual(predicted[1], 'b');
});

test('embed: a registry key is one even where a folder has its name; a cut is a part of the name', async () => {
  const modelsFile = path.join(root, 'models.json');
  writeFileSync(
    modelsFile,
    JSON.stringify({ models: { test: { title: 'Tiny', variants: [{ dtype: 'fp32', from: 'file:tiny', onnx: 'model.onnx' }] } } }),
  );
  assert.ok(mkdirSync(path.join(root, 'elsewhere', 'test'), { recursive: true }));
  const here = process.cwd();
  process.chdir(path.join(root, 'elsewhere'));
  try {
    for (const named of [{ model: 'test@2' }, { model: 'test', firstLayers: 2 }]) {
      const { encoder } = await embed({ ...options, ...named, modelsFile, texts: ['who'] });
      assert.deepEqual([encoder.name, encoder.depth], ['test@2', 2]);
    }
  } finally {
    process.chdir(here);
  }
});

test('embed: says what is wrong with an option', async () => {
  const refused: [object, string, string][] = [
    [
      { poolings: ['men'] },
      'OPTION',
      'poolings: "men" is not a valid value. Did you mean "mean"? It takes cls, mean, max, last, weighted-mean, word-mean, ' +
        'cls-layermean, layermean, cls-last4, mean-last4, as-published.',
    ],
    [{ layers: [4] }, 'OPTION', '`layers`: tiny has no layer 4. It has layers 0 (embeddings) to 3.'],
    [{ layers: [-1] }, 'OPTION', 'layers: It takes a whole number of at least 0, got -1.'],
    [{ texts: [] }, 'OPTION', 'texts: It takes an array of at least one string.'],
    [{ texts: ['a', 1] }, 'OPTION', 'texts[1]: It is not a string (1).'],
    [
      { poolings: ['as-published'] },
      'OPTION',
      `poolings: ${path.join(model, 'modules.json')}: The encoder was published without a pooling: no such file. ` +
        'Choose another pooling: cls, mean, …',
    ],
    [
      { model: 'all-MiniLM-L12-v3' },
      'UNKNOWN_NAME',
      'Unknown encoder "all-MiniLM-L12-v3". Did you mean "all-MiniLM-L12-v2"? See `bench models`; for a folder or ' +
        'hf:org/name use `model`.',
    ],
    [
      { model: 'concat-all' },
      'OPTION',
      'model: concat-all is a concatenation, not a single encoder. Embed with each encoder, and concatenate the vectors.',
    ],
    [
      { pooling: ['cls'] },
      'OPTION',
      'pooling: Unknown option. Did you mean "poolings"? Options: model, texts, poolings, layers, layerMeans, prompt, dim, maxLength, ' +
        'firstLayers, dtype, globalAttention, randomBlocks, adapterTask, device, threads, cache, offline, mirrors, modelsFile, onProgress.',
    ],
    [{ poolings: 'mean' }, 'OPTION', 'poolings: It takes an array, got "mean".'],
    [{ poolings: null }, 'OPTION', 'poolings: It takes an array, got null.'],
    [{ layers: 3 }, 'OPTION', 'layers: It takes an array, got 3.'],
    [{ layers: null }, 'OPTION', 'layers: It takes an array, got null.'],
    [{ layerMeans: {} }, 'OPTION', 'layerMeans: It takes an array, got {}.'],
    [{ mirrors: '/tmp' }, 'OPTION', 'mirrors: It takes an array, got "/tmp".'],
    [{ mirrors: [1] }, 'OPTION', 'mirrors[0]: It takes a string, got 1.'],
    [{ cache: 5 }, 'OPTION', 'cache: It takes a string, got 5.'],
    [{ modelsFile: null }, 'OPTION', 'modelsFile: It takes a string, got null.'],
    [{ offline: 'no' }, 'OPTION', 'offline: It takes true or false, got "no".'],
    [{ onProgress: 1 }, 'OPTION', 'onProgress: It takes a function, got 1.'],
    [{ dtype: 'constructor' }, 'OPTION', 'dtype: "constructor" is not a valid value. It takes fp32, fp16, q8, q4.'],
    [
      { model: './nowhere' },
      'OPTION',
      '`model`: Folder not found: nowhere. It takes a folder or hf:org/name; registry keys go with `model`.',
    ],
  ];
  for (const [wrong, code, message] of refused)
    await assert.rejects(embed({ ...options, texts: ['who'], ...wrong }), { name: 'HarnessError', code, message });
});

/** Points on a line. */
const line = (...places: number[]): Matrix => ({ rows: places.length, cols: 1, data: Float32Array.from(places) });

test('knn: each text by its neighbours among the others, or with itself', async () => {
  const vectors = line(0, 1, 2, 10, 11, 3.5);
  const labels = ['low', 'low', 'low', 'high', 'high', 'high'];
  const { predicted, scores, parts } = await knn({ vectors, labels, k: 1 });
  assert.deepEqual(predicted, ['low', 'low', 'low', 'high', 'high', 'low']);
  assert.deepEqual([scores.n, scores.correct, scores.accuracy], [6, 5, 5 / 6]);
  assert.deepEqual(parts, { all: scores });
  assert.deepEqual((await knn({ vectors, labels, k: 1, protocol: 'complete' })).predicted, labels);
  assert.deepEqual(vectors, line(0, 1, 2, 10, 11, 3.5), 'vectors are not changed');
});

test('knn: fit-train searches train alone, and scores each part; the headline is that of test', async () => {
  const { predicted, scores, parts } = await knn({
    vectors: line(0.4, 0, 9, 8, 5.5),
    labels: [2, 2, 10, 10, 2],
    split: ['test', 'train', 'train', 'dev', 'test'],
    protocol: 'fit-train',
    k: 1,
  });
  assert.deepEqual(predicted, [2, 2, 10, 10, 10]);
  assert.deepEqual(
    Object.entries(parts).map(([part, { n, correct }]) => [part, n, correct]),
    [
      ['train', 2, 2],
      ['dev', 1, 1],
      ['test', 2, 1],
    ],
  );
  assert.equal(scores, parts.test);
});

test('knn: a tie goes to the smallest label, numbers by their size', async () => {
  const { predicted } = await knn({ vectors: line(0, -1, 1, 5), labels: [10, 10, 9, 9], k: 2 });
  assert.equal(predicted[0], 9);
});

test('knn: says what is wrong with an option', async () => {
  const right = { vectors: line(0, 1, 2), labels: ['a', 'b', 'a'], k: 1 };
  const refused: [object, string, string][] = [
    [{ labels: null }, 'OPTION', 'labels: It takes an array, got null.'],
    [{ vectors: undefined }, 'OPTION', 'vectors: It takes a matrix { rows, cols, data }, got undefined.'],
    [{ vectors: { rows: 3, cols: 1 } }, 'OPTION', 'vectors.data: It takes an array, got undefined.'],
    [{ protocol: 'fit-train', split: null }, 'OPTION', 'split: It takes an array, got null.'],
    [{ K: 3 }, 'OPTION', 'K: Unknown option. Did you mean "k"? Options: vectors, labels, protocol, k, metric, votes, split, threads.'],
    [{ labels: ['a'] }, 'SHAPE', 'labels: Got 1 labels for 3 vectors.'],
    [{ labels: ['a', undefined, 'b'] }, 'OPTION', 'labels[1]: A label is a string or a finite number, got undefined.'],
    [
      { labels: ['a', 'a', 'a'] },
      'DATA',
      'the data: All 3 texts of the corpus are of one class, "a": nothing to classify. Check the label column.',
    ],
    [{ vectors: { rows: 3, cols: 2, data: new Float32Array(3) } }, 'SHAPE', 'A matrix of 3 x 2 needs 6 numbers, got 3.'],
    [
      { vectors: line(0, Number.NaN, 2) },
      'DATA',
      'The vector of row 1 holds NaN (column 0), which has no distance. Check the encoder, or try another weight precision.',
    ],
    [{ k: 3 }, 'OPTION', '`k`: k = 3 is larger than the corpus: leave-one-out leaves 2 texts of the data. Use at most 2.'],
    [{ metric: 'manhattan' }, 'OPTION', 'metric: "manhattan" is not a valid value. It takes euclidean, cosine.'],
    [{ protocol: 'fit-train' }, 'OPTION', 'split: fit-train needs it. Give train, dev or test for each text.'],
    [
      { protocol: 'fit-train', split: ['train', 'train', 'valid'] },
      'OPTION',
      'split[2]: "valid" is not a valid value. It takes train, dev, test.',
    ],
  ];
  for (const [wrong, code, message] of refused) await assert.rejects(knn({ ...right, ...wrong }), { name: 'HarnessError', code, message });
});

test('score: accuracy, micro- and macro-F1 of labels of any kind', () => {
  const scores = score({ truth: ['a', 'a', 'b', 'b'], predicted: ['a', 'b', 'b', 'c'] });
  // a: 2 / 3, b: 2 / 4, c: 0.
  assert.deepEqual(scores, { n: 4, correct: 2, accuracy: 0.5, microF1: 0.5, macroF1: (2 / 3 + 1 / 2) / 3 });
  assert.equal(score({ truth: Int32Array.of(0, 1), predicted: [0, 1] }).macroF1, 1);
  assert.equal(score({ truth: [1], predicted: ['1'] }).accuracy, 0);
  assert.throws(() => score({ truth: ['a'], predicted: [] }), { code: 'SHAPE', message: '0 predictions for 1 texts.' });
  assert.throws(() => score({ truth: ['a'] } as never), { code: 'OPTION', message: 'predicted: It takes an array, got undefined.' });
  assert.throws(() => score(undefined as never), { code: 'OPTION', message: 'options: It takes an object, got undefined.' });
  assert.throws(() => score({ truth: [], predicted: [] }), { code: 'DATA', message: 'No texts to score.' });
});

test('diff: cells of two results files, one by one', async () => {
  const [header, ...cells] = readFileSync(path.join(packageRoot(), 'results', 'results.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  const [before, after] = ['before.csv', 'after.csv'].map((name) => path.join(root, name)) as [string, string];
  writeFileSync(before, `${[header, ...cells.slice(0, 2)].join('\n')}\n`);
  writeFileSync(after, `${[header, ...cells.slice(1, 3)].join('\n')}\n`);
  const { cells: found, ...about } = await diff({ before, after, score: 'macro_f1' });
  assert.deepEqual(found.map(({ change, significant }) => [change, significant]).toSorted(), [
    ['gone', false],
    ['new', false],
    ['unchanged', false],
  ]);
  assert.deepEqual(about, { before, after, score: 'macro_f1' });
  await assert.rejects(diff({ folder: 5 as never }), { code: 'OPTION', message: 'folder: It takes a string, got 5.' });
  await assert.rejects(diff({ before, after, score: 'f1' as never }), { code: 'OPTION', message: /^score: "f1" is not a valid value\./ });
});

for (const flags of [['--input-type=module'], ['--input-type', 'module']]) {
  test(`embed, knn: in a program given as text (${flags.join(' ')} -e)`, () => {
    const api = pathToFileURL(path.join(packageRoot(), 'dist', 'src', 'index.js')).href;
    const program = `import { embed, knn } from ${JSON.stringify(api)};
const { vectors } = await embed(${JSON.stringify({ ...options, texts: TEXTS })});
const { predicted } = await knn({ vectors: vectors[0], labels: ['a', 'b', 'b', 'b'], k: 1 });
console.log(predicted.join(' '));`;
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8' });
    assert.deepEqual([stdout.trim().split(' ').length, stderr], [4, '']);
  });
}

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const model = () => ownOracle('bert-uncased');

const TOPICS = {
  '<film> & "co"': [
    'The movie was wonderful.',
    'I loved every minute of this film.',
    'A charming, funny story.',
    'Brilliant acting and a clever script.',
    'The best comedy of the year.',
  ],
  code: [
    'How do I sort a list in Python?',
    'My loop prints the wrong value.',
    'Cannot connect to the database server.',
    'Use of undeclared variable.',
    'How to parse JSON?',
  ],
};
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const LINES = Object.entries(TOPICS).flatMap(([topic, texts]) =>
  texts.flatMap((text, i) =>
    ['', 'Well, ', 'So: '].map(
      (start, j) =>
        `"${start}${text}",${quoted(topic)},${i % 2 === 0 ? 'herald' : 'times'},${['train', 'train', i === 0 ? 'dev' : 'test'][j]}`,
    ),
  ),
);
const data = path.join(root, 'topics.csv');
writeFileSync(data, `text,topic,paper,split\n${LINES.join('\n')}\n`);
const DATA = ['--dataset', data, '--text-column', 'text', '--label-column', 'topic', '--split-column', 'split'];

function map(...args: string[]) {
  return bench(['map', ...args], { cache });
}

function pictures(out: string): Record<string, Buffer> {
  const folder = path.join(root, out, 'maps');
  return Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map((file) => [file, readFileSync(path.join(folder, file))]),
  );
}

test('map: a picture of frozen encoders for each method, the same bytes whatever the threads', async () => {
  const args = ['--model', model(), ...DATA, '--method', 'tsne,umap', '--sample', '24'];
  const first = await map(...args, '--threads', '1', '--out', path.join(root, 'one'));
  assert.equal(first.status, 0, first.err);
  const files = pictures('one');
  assert.deepEqual(Object.keys(files), ['frozen-mean-tsne.png', 'frozen-mean-tsne.svg', 'frozen-mean-umap.png', 'frozen-mean-umap.svg']);
  assert.equal(
    first.out,
    Object.keys(files)
      .toSorted((a, b) => a.split('.')[0]!.localeCompare(b.split('.')[0]!) || b.localeCompare(a))
      .map((file) => `${path.join(root, 'one', 'maps', file)}\n`)
      .join(''),
  );
  const svg = files['frozen-mean-tsne.svg']!.toString();
  assert.equal(svg.match(/h0/g)!.length, 24);
  assert.match(svg, /&lt;film&gt; &amp; "co"/);
  assert.equal((await map(...args, '--threads', '2', '--out', path.join(root, 'two'), '--quiet')).status, 0);
  assert.deepEqual(pictures('two'), files);
});

test('map: epochs of a training, with the scores that it had; two label fields are two rows', async () => {
  const out = path.join(root, 'trained');
  const trained = await bench(
    [
      'finetune',
      '--model',
      model(),
      ...DATA,
      '--epochs',
      '2',
      '--lr',
      '1e-3',
      '--batch-size',
      '8',
      '--pooling',
      'mean',
      '--objective',
      'cea-all-negatives,cea-multitask',
      '--second-label-field',
      'paper',
      '--vectors-at',
      '0,1,2',
      '--out',
      out,
      '--quiet',
    ],
    { cache },
  );
  assert.equal(trained.status, 0, trained.err);
  const { status, err } = await map('--trained', out, '--epochs', '0,2', '--out', out);
  assert.equal(status, 0, err);
  const files = pictures('trained');
  assert.deepEqual(Object.keys(files), ['bert-uncased-topics-tsne.png', 'bert-uncased-topics-tsne.svg']);
  const svg = files['bert-uncased-topics-tsne.svg']!.toString();
  const [head, ...rows] = readFileSync(path.join(out, 'training.csv'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const at = (name: string) => head!.indexOf(name);
  for (const row of rows.filter((each) => each[at('epoch')] !== '1'))
    assert.ok(svg.includes(`dev ${row[at('dev_micro_f1')]}, test `), row.join());
  assert.equal(svg.match(/h0/g)!.length, 3 * 2 * LINES.length);
  for (const word of ['CEA multitask: topic', 'CEA multitask: paper', 'CEA batch + all negatives', 'herald'])
    assert.ok(svg.includes(`>${word}</text>`), word);
  assert.ok(svg.includes('before training') && svg.includes('epoch 2') && !svg.includes('epoch 1'));
});

const FLAWS: [string, string[], string | RegExp][] = [
  ['no encoder', DATA, '--encoders: No encoder is named. Name encoders with --encoders or --model, or a training with --trained.'],
  ['another method', ['--method', 'tsn'], '--method: "tsn" is not a valid value. Did you mean "tsne"? It takes tsne, umap.'],
  ['no texts', ['--sample', '0'], '--sample: It takes a whole number of at least 1, got 0.'],
  [
    'too many texts',
    ['--sample', '20000'],
    '--sample: t-SNE takes at most 10000 texts, got 20000. Give a smaller --sample, or --method umap.',
  ],
  ['epochs of nothing', ['--epochs', '1'], '--epochs: It selects vectors of a training run. Name its results folder with --trained.'],
  [
    'an encoder beside a training',
    ['--trained', root, '--model', 'x'],
    '--model: The vectors of a training run already exist. Choose among them with --encoders and --datasets.',
  ],
  [
    'a folder without vectors',
    ['--trained', '/nowhere'],
    '--trained: /nowhere has no vectors of a fine-tuning run. Save them with `bench finetune --vectors-at 0,1,5 --out …`, and give that folder.',
  ],
];

for (const [name, args, message] of FLAWS) {
  test(`map: ${name} is one line`, async () => {
    const { status, err } = await map(...args, '--out', path.join(root, 'flaws'), '--quiet');
    assert.equal(status, 2);
    assert.equal(err, `bench: ${message}\n`);
  });
}

test('map: a file of vectors that is none, an epoch that was not kept', async () => {
  const out = path.join(root, 'trained');
  assert.equal(
    (await map('--trained', out, '--epochs', '7', '--quiet')).err,
    'bench: --epochs: No vectors of 7 were saved. Saved: 0, 1, 2.\n',
  );
  const folder = path.join(out, 'vectors', 'bert-uncased', 'topics');
  const file = path.join(folder, readdirSync(folder)[0]!, 'epoch-1.safetensors');
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, bytes.length - 1));
  const { status, err } = await map('--trained', out, '--out', path.join(root, 'flaws'), '--quiet');
  assert.equal(status, 2);
  assert.match(
    err,
    /^bench: .*epoch-1\.safetensors: Tensor "\w+" ends at byte \d+ of \d+: the file is truncated\. Delete it or download it again\.\n$/,
  );
});

test('map: --dry-run prints the plan and writes nothing', async () => {
  const [tiny, out] = [writeTinyEncoder(path.join(root, 'tiny')), path.join(root, 'planned')];
  const {
    status,
    out: said,
    err,
  } = await map('--model', tiny, ...DATA, '--method', 'tsne,umap', '--sample', '24', '--dry-run', '--out', out);
  assert.equal(status, 0, err);
  assert.match(said, /^tiny +topics +2 +24 +24 /m);
  assert.match(said, /^2 maps; about /m);
  assert.ok(!existsSync(out));
});

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import '../../src/graph/telemetry.ts'; // transformers.js loads onnxruntime
import { env, pipeline } from '@huggingface/transformers';
import { headLogits } from '../../src/classifiers/head.ts';
import { probabilities } from '../../src/classifiers/probabilities.ts';
import { classifierRecord } from '../../src/classifiers/record.ts';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { pooledVectors, type Pooling } from '../../src/embed/vectors.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { matrix, row } from '../../src/numeric/matrix.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { withModules } from '../modules-oracle.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { bench } from './bench.ts';

env.allowRemoteModels = false;
const root = temporaryFolder();
const at = (...names: string[]) => path.join(root, ...names);

/** Class names and texts as in files: pipes, quotes, line ends. */
const NAMES = ['fi|lm', 'co"de"', 'line\nend'];
const WORDS = [
  ['film', 'funny', 'acting'],
  ['list', 'loop', 'json'],
  ['rain', 'music', 'milk'],
];
const LINES = WORDS.flatMap((words, topic) =>
  words.flatMap((word) =>
    ['a', 'the', 'so\nmuch', 'no'].map((start, i) => ({
      text: `${start} ${word}`,
      topic: NAMES[topic]!,
      split: ['train', 'train', 'dev', 'test'][i]!,
    })),
  ),
);
writeFileSync(at('topics.jsonl'), LINES.map((line) => `${JSON.stringify(line)}\n`).join(''));
writeFileSync(
  at('several.jsonl'),
  LINES.map(({ topic, ...line }, i) => `${JSON.stringify({ ...line, topic: i % 3 === 0 ? [topic, 'extra'] : [topic] })}\n`).join(''),
);

async function finetune(...args: string[]) {
  const data = args.includes('--dataset') ? [] : ['--dataset', at('topics.jsonl')];
  const columns = ['--text-column', 'text', '--label-column', 'topic', '--split-column', 'split'];
  const quick = ['--epochs', '1', '--lr', '1e-2', '--batch-size', '6', '--k', '3', '--threads', '1', '--out', at('out')];
  const model = args.includes('--model') ? [] : ['--model', ownOracle('bert-uncased')];
  const quiet = args.includes('--quiet=false') ? [] : ['--quiet'];
  return bench(['finetune', ...model, ...data, ...columns, ...quick, ...quiet, ...args], { cache: at('cache') });
}

const json = (...names: string[]) => JSON.parse(readFileSync(at(...names), 'utf8')) as Record<string, unknown>;
const tensorsIn = (...names: string[]) => readSafetensors(readFileSync(at(...names)), names.at(-1)!).tensors;

/** Vectors of texts by a saved folder, opened as any encoder. */
async function vectorsOf(folder: string, pooling: string, texts: readonly string[]) {
  const encoder = await openEncoder({ name: 'saved', folder, onnx: path.join(folder, 'onnx', 'model.onnx'), revision: '' });
  const { published, depth } = encoder;
  const [vector] = pooledVectors({
    poolings: [pooling as Pooling],
    layers: 'last',
    layerMeans: ['0..L'],
    depth,
    published: 'steps' in published ? published : undefined,
    encoder: 'saved',
  });
  return (await embed({ encoder, texts, specs: [vector!.spec], store: new VectorStore(temporaryFolder(), assert.fail), threads: 1 })).load(
    vector!.spec,
  );
}

const NEW = ['a film', 'the json', 'rain', 'no'];

for (const { name, words, multiLabel } of [
  { name: 'head', words: [], multiLabel: false },
  {
    name: 'several',
    words: ['--dataset', at('several.jsonl'), '--labels', 'all', '--multi-label', '--pooling', 'layermean'],
    multiLabel: true,
  },
  { name: 'prototypes', words: ['--objective', 'prototypes', '--pooling', 'max'], multiLabel: false },
]) {
  test(`model folder: transformers.js classifies as the head does: ${name}`, async () => {
    const { status, err } = await finetune(
      '--save',
      at(name),
      ...(words.includes('--objective') ? [] : ['--objective', 'classic']),
      ...words,
    );
    assert.equal(status, 0, err);
    const record = classifierRecord.parse(json(name, 'classifier.json'));
    assert.deepEqual([record.kind, record.multiLabel, record.calibration?.texts], ['head', multiLabel, 9]);
    const { 'head.weight': weight, 'head.bias': bias } = Object.fromEntries(tensorsIn(name, 'head.safetensors'));
    const head = { weight: weight!.data as Float32Array, bias: bias!.data as Float32Array, unit: record.unitVectors === true };
    const vectors = await vectorsOf(at(name), record.pooling, NEW);
    const classify = await pipeline('text-classification', at(name), { dtype: 'fp32' });
    const found = (await classify(NEW, { top_k: null } as object)) as unknown as { label: string; score: number }[][];
    for (const [i, list] of found.entries()) {
      const expected = probabilities(headLogits(head, matrix(1, vectors.cols, row(vectors, i))), { temperature: 1, multiLabel });
      assert.equal(list[0]!.label, record.classes[expected.indexOf(Math.max(...expected))]);
      for (const { label, score } of list) assert.ok(Math.abs(score - expected[record.classes.indexOf(label)]!) < 1e-5);
    }
    const extract = await pipeline('feature-extraction', at(name), { dtype: 'fp32' });
    assert.deepEqual((await extract(NEW[0]!, { pooling: 'mean' })).dims, [1, 16]);
    const config = json(name, 'config.json');
    assert.deepEqual(config['architectures'], ['BertForSequenceClassification']);
    assert.equal(config['problem_type'], multiLabel ? 'multi_label_classification' : 'single_label_classification');
    assert.deepEqual(Object.values(config['id2label'] as object), record.classes);
    assert.equal(json(name, 'tokenizer_config.json')['model_max_length'], record.maxLength);
    // Loaders of weights read the encoder only.
    assert.ok([...tensorsIn(name, 'model.safetensors').keys()].every((tensor) => !/^(?:head|prototypes)\./.test(tensor)));
  });
}

test('model folder: neighbours, their vectors and texts; or no text at all', async () => {
  for (const [name, ...flags] of [['near'], ['near-private', '--texts=false']] as const) {
    const { status, err } = await finetune('--save', at(name), '--objective', 'cea-all-negatives', '--pooling', 'mean', ...flags);
    assert.equal(status, 0, err);
    assert.equal(classifierRecord.parse(json(name, 'classifier.json')).kind, 'neighbours');
    const train = LINES.filter(({ split }) => split === 'train');
    const { vectors, labels, starts } = Object.fromEntries(tensorsIn(name, 'train.safetensors'));
    assert.deepEqual([vectors!.shape, labels!.shape, starts!.shape], [[18, 16], [18], [19]]);
    assert.deepEqual(
      Array.from(starts!.data),
      Array.from({ length: 19 }, (_, i) => i),
    );
    const classes = json(name, 'classifier.json')['classes'] as string[];
    assert.deepEqual(
      Array.from(labels!.data, (label) => classes[label]),
      train.map(({ topic }) => topic),
    );
    const own = await vectorsOf(
      at(name),
      'mean',
      train.map(({ text }) => text),
    );
    assert.ok(own.data.every((value, i) => Math.abs(value - vectors!.data[i]!) < 1e-5));
    if (name === 'near') {
      const lines = readFileSync(at(name, 'train.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
      assert.deepEqual(
        lines,
        train.map(({ text }) => ({ text })),
      );
    }
  }
  assert.ok(!existsSync(at('near-private', 'train.jsonl')));
  assert.match(
    readFileSync(at('near-private', 'README.md'), 'utf8'),
    /^- This folder contains no texts of the dataset, only vectors and classes of the training set\.$/m,
  );
  for (const { text } of LINES) assert.ok(!readFileSync(at('near-private', 'README.md'), 'utf8').includes(`${text}\n`));
});

test('model folder: where it is, what it scores, and the next command are said at the end', async () => {
  const { err } = await finetune('--save', at('said'), '--objective', 'classic', '--quiet=false');
  assert.match(err, /^Saved: \S+said, accuracy \d+\.\d on test \[\d+\.\d, \d+\.\d\]$/m);
  assert.match(err, /^Next: bench predict --model \S+said --input FILE$/m);
});

test('model folder: several runs have a folder each; a folder without a classifier is none that is there already', async () => {
  const words = ['--objective', 'classic,cea', '--seed', '1,2', '--save', at('many')];
  assert.equal((await finetune(...words)).status, 0);
  const folders = ['cea', 'classic'].flatMap((objective) => [1, 2].map((seed) => `bert-uncased-topics-${objective}-seed-${seed}`));
  assert.deepEqual(readdirSync(at('many')).toSorted(), folders);
  const before = readFileSync(at('many', folders[3]!, 'onnx', 'model.onnx'));
  rmSync(at('many', folders[0]!), { recursive: true });
  // Left by an earlier version.
  rmSync(at('many', folders[3]!, 'classifier.json'));
  const refused = await finetune(...words);
  assert.equal(refused.err, `bench: ${at('many', folders[3]!)}: It already exists. Give another folder, or --overwrite.\n`);
  rmSync(at('many', folders[3]!), { recursive: true });
  const again = await finetune(...words);
  assert.equal(again.status, 0, again.err);
  assert.deepEqual(readdirSync(at('many')).toSorted(), folders);
  assert.deepEqual(readFileSync(at('many', folders[3]!, 'onnx', 'model.onnx')), before);
});

test('model folder: texts that are asked for otherwise are another folder; --overwrite replaces it', async () => {
  const words = ['--save', at('said'), '--objective', 'classic'];
  assert.equal((await finetune(...words)).status, 0);
  const other = await finetune(...words, '--texts=false');
  assert.equal(other.err, `bench: ${at('said')}: It already exists. Give another folder, or --overwrite.\n`);
  assert.equal((await finetune(...words, '--texts=false', '--overwrite')).status, 0);
  assert.ok(!existsSync(at('said', 'train.jsonl')));
});

test('model folder: words have no mask: it says that its graph has no logits', async () => {
  const { status, err } = await finetune('--save', at('words'), '--objective', 'classic', '--pooling', 'word-mean');
  assert.equal(status, 0, err);
  assert.match(
    err,
    /its graph has no logits, because --pooling word-mean needs word boundaries: only this program can classify with it\.$/m,
  );
  assert.ok(existsSync(at('words', 'head.safetensors')));
  assert.equal(json('words', 'config.json')['problem_type'], undefined);
});

test('model folder: an ONNX file that came without a word is one that transformers.js opens; trained again, it has the new head', async () => {
  const words = ['--quiet', '--cache', at('cache')];
  assert.equal(
    (await bench(['export', '--model', ownOracle('bert-uncased'), '--out', at('exported'), ...words], { cache: at('cache') })).status,
    0,
  );
  for (const name of readdirSync(at('exported')))
    if (!['onnx', 'tokenizer.json'].includes(name)) rmSync(at('exported', name), { recursive: true });
  const first = await finetune('--model', at('exported'), '--objective', 'classic', '--save', at('onnx-1'));
  assert.equal(first.status, 0, first.err);
  const second = await finetune('--model', at('onnx-1'), '--objective', 'classic', '--save', at('onnx-2'));
  assert.equal(second.status, 0, second.err);
  assert.notDeepEqual(readFileSync(at('onnx-1', 'head.safetensors')), readFileSync(at('onnx-2', 'head.safetensors')));
  const classify = await pipeline('text-classification', at('onnx-2'), { dtype: 'fp32' });
  const [{ label }] = (await classify('a film')) as unknown as [{ label: string }];
  assert.ok(NAMES.includes(label));
});

test('model folder: the authors’ modules and truncation are dropped with another pooling', async () => {
  const { status, err } = await finetune(
    '--model',
    withModules('truncated'),
    '--save',
    at('other'),
    '--objective',
    'cea',
    '--pooling',
    'mean',
  );
  assert.equal(status, 0, err);
  const vectors = tensorsIn('other', 'train.safetensors').get('vectors')!;
  const own = await vectorsOf(
    at('other'),
    'as-published',
    LINES.filter(({ split }) => split === 'train').map(({ text }) => text),
  );
  assert.equal(own.cols, 16);
  assert.ok(own.data.every((value, i) => Math.abs(value - vectors.data[i]!) < 1e-5));
  assert.deepEqual(
    readdirSync(at('other')).filter((name) => /^\d/.test(name)),
    ['1_Pooling'],
  );
});

test('model folder: an export of it has the classifier, in another weight precision, too; a truncated one has not', async () => {
  assert.equal((await finetune('--save', at('base'), '--objective', 'classic', '--pooling', 'mean')).status, 0);
  const half = await bench(['export', '--model', at('base'), '--dtype', 'fp16', '--out', at('half')], { cache: at('cache') });
  assert.match(half.err, /classifier\.json, head\.safetensors, train\.safetensors, train\.jsonl, training\.json, README\.md$/m);
  const [whole, halved] = await Promise.all(
    (['base', 'half'] as const).map(async (name) =>
      (await pipeline('text-classification', at(name), { dtype: name === 'half' ? 'fp16' : 'fp32' }))('a film'),
    ),
  );
  const [[a], [b]] = [whole, halved] as unknown as { label: string; score: number }[][] as [
    [{ label: string; score: number }],
    [{ label: string; score: number }],
  ];
  assert.equal(a.label, b.label);
  assert.ok(Math.abs(a.score - b.score) < 0.01);
  const cut = await bench(['export', '--model', at('base'), '--first-layers', '1', '--out', at('cut')], { cache: at('cache') });
  assert.match(cut.err, /Not exported: the classifier \(classifier\.json, [^)]*\)\. It does not fit the vectors of the first 1 layers\.$/m);
  const config = json('cut', 'config.json');
  assert.deepEqual([config['id2label'], config['architectures']], [undefined, ['BertModel']]);
});

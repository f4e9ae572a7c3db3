import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { FORMATS_NOTE } from '../../src/datasets/formats.ts';
import { loadDataset } from './load-classes.ts';
import { HarnessError } from '../../src/errors.ts';
import { temporaryFolder } from '../temporary.ts';
import { unlessShared } from '../shared.ts';
import { classCounts, entryOf, loadReal, rejectsWith, splitCounts, writeFiles } from './support.ts';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);

function load(name: string, content: string, more: object = {}) {
  writeFiles(folder, { [name]: content });
  return loadDataset({ file: { path: at(name) }, labels: 'first', seed: 1, ...more });
}

test('load: classes in code point order, train before dev before test', async () => {
  const csv = 'text,label,part\n1,b,test\n2,B,train\n3,a,dev\n4,\u{1F600},train\n5,\uFF01,train\n';
  const dataset = await load('own.csv', csv, { file: { path: at('own.csv'), splitColumn: 'part' } });
  assert.equal(dataset.key, 'own');
  assert.equal(dataset.labelField, 'label');
  assert.deepEqual(dataset.classes, ['B', 'a', 'b', '\uFF01', '\u{1F600}']);
  assert.deepEqual(dataset.texts, ['2', '4', '5', '3', '1']);
  assert.deepEqual([...dataset.labels], [0, 4, 3, 1, 2]);
  assert.deepEqual([...dataset.split], [0, 0, 0, 1, 2]);
  assert.equal(dataset.sample, '');
});

test('load: multi keeps every label, ascending and once; first keeps the first and the classes it needs', async () => {
  const file = { path: at('multi.jsonl') };
  const lines = '{"text": "1", "label": ["c", "a", "c"]}\n{"text": "2", "label": ["b"]}\n';
  const multi = await load('multi.jsonl', lines, { file, labels: 'multi' });
  assert.deepEqual(multi.classes, ['a', 'b', 'c']);
  assert.deepEqual(
    multi.labelSets?.map((set) => [...set]),
    [[0, 2], [1]],
  );
  assert.deepEqual([...multi.labels], [2, 1]);
  const first = await load('multi.jsonl', lines, { file, labels: 'first' });
  assert.deepEqual([first.classes, [...first.labels], first.labelSets], [['b', 'c'], [1, 0], undefined]);
  assert.notEqual(first.hash, multi.hash);
});

const hash = async (csv: string) => (await load('h.csv', csv, { file: { path: at('h.csv'), splitColumn: 'part' } })).hash;

test('load: the hash follows texts, labels and splits, and nothing else', async () => {
  const base = await hash('text,label,part\na,x,train\nb,y,train\n');
  assert.equal(await hash('part,text,label\ntraining,a,x\nTrain,b,y\n'), base);
  assert.notEqual(await hash('text,label,part\na,x,train\nb,x2,train\n'), base);
  assert.notEqual(await hash('text,label,part\na,x,train\nb,y,dev\n'), base);
  assert.notEqual(await hash('text,label,part\na,x,train\nc,y,train\n'), base);
});

test('load: an empty dataset and one of a single class are refused', async () => {
  await rejectsWith(load('e.csv', 'text,label\n'), 'DATA', `${at('e.csv')}: The dataset has no rows.`);
  await rejectsWith(load('e.csv', ''), 'DATA', `${at('e.csv')}: The dataset has no rows.`);
  await rejectsWith(
    load('one.csv', 'text,label\na,x\nb,x\n'),
    'DATA',
    'one: All 2 rows have the label "x". At least two classes are required.',
  );
});

test('load: what is not a file that can be read', async () => {
  const own = (name: string) => loadDataset({ file: { path: at(name) }, labels: 'first', seed: 1 });
  await rejectsWith(own('nowhere.csv'), 'OPTION', `${at('nowhere.csv')}: File not found.`);
  writeFiles(folder, { 'data.txt': 'a', 'sub/other.csv': 'a', 'sub/another.csv': 'a' });
  await rejectsWith(
    own('data.txt'),
    'OPTION',
    `${at('data.txt')}: Unsupported format. Plain text has no columns: write texts and labels as CSV. Tagged words (CoNLL) are read with \`task\` token-classification. ${FORMATS_NOTE}`,
  );
  await rejectsWith(
    own('sub'),
    'OPTION',
    `${at('sub')}: The folder has no train, dev or test file; it has another.csv, other.csv. Give a single file, or name them train.csv, ` +
      `dev.csv, test.csv. ${FORMATS_NOTE}`,
  );
});

test('load: a folder of split files is one dataset', async () => {
  writeFiles(folder, {
    'cut/test.csv': 'text,label\nc,x\n',
    'cut/train.csv': 'text,label\na,x\n',
    'cut/validation.csv': 'text,label\nb,y\n',
    'cut/notes.csv': 'nothing\n',
  });
  const dataset = await loadDataset({ file: { path: at('cut') }, labels: 'first', seed: 1 });
  assert.deepEqual([dataset.key, dataset.texts, [...dataset.split]], ['cut', ['a', 'b', 'c'], [0, 1, 2]]);
  writeFiles(folder, { 'cut/dev.csv': 'text,label\nd,y\n' });
  await rejectsWith(
    loadDataset({ file: { path: at('cut') }, labels: 'first', seed: 1 }),
    'OPTION',
    `${at('cut')}: The folder has several files for dev: dev.csv, validation.csv. Give a single file, or keep one per split.`,
  );
  writeFiles(folder, { 'mixed/train.csv': 'text,label\nd,y\n', 'mixed/test.jsonl': '' });
  await rejectsWith(
    loadDataset({ file: { path: at('mixed') }, labels: 'first', seed: 1 }),
    'OPTION',
    `${at('mixed')}: The folder has files of different formats: test.jsonl, train.csv. Keep the files of one format.`,
  );
});

const biasRows = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `${['left', 'right'][i % 2]},paper ${i % 3},text ${from + i}\n`).join('');

const fetchOwn = async ({ name }: { name: string }) => ({ path: at(name) });

test("load: political-bias reads the user's files; dev is the first tenth of each class of train under either label field", async () => {
  writeFiles(folder, {
    'train_bias.csv': `bias,publisher,text\n${biasRows(0, 40)}`,
    'test_bias.csv': `bias,publisher,text\n${biasRows(100, 6)}`,
  });
  const entry = entryOf('political-bias');
  const [bias, publisher] = await Promise.all(
    ['bias', 'publisher'].map((labelField) => loadDataset({ entry, fetchFile: fetchOwn, labelField, labels: 'first', seed: 1 })),
  );
  assert.deepEqual(splitCounts(bias!), [36, 4, 6]);
  assert.deepEqual(bias!.texts.slice(36, 40).toSorted(), ['text 0', 'text 1', 'text 2', 'text 3']);
  assert.deepEqual(publisher!.texts, bias!.texts);
  assert.deepEqual(
    [bias!.classes, publisher!.classes],
    [
      ['left', 'right'],
      ['paper 0', 'paper 1', 'paper 2'],
    ],
  );
  const named = loadDataset({ entry, fetchFile: fetchOwn, columns: { textColumn: 'body' }, labels: 'first', seed: 1 });
  await rejectsWith(
    named,
    'OPTION',
    'train_bias.csv: No column "body". Columns: bias, publisher, text. Set the text column with `textColumn`.',
  );
});

const fetchNothing = () => Promise.reject(new HarnessError('SOURCE', { what: 'No source has it.' }));

test('load: files that only the user has are asked for', async () => {
  await rejectsWith(
    loadDataset({ entry: entryOf('political-bias'), fetchFile: fetchNothing, labels: 'first', seed: 1 }),
    'SOURCE',
    `political-bias: train_bias.csv not found. ${entryOf('political-bias').userFiles}`,
  );
});

test('load: an unknown reader is reported with the available ones', async () => {
  const entry = { ...entryOf('trec6'), reader: 'trek', files: [] };
  await assert.rejects(loadDataset({ entry, fetchFile: () => assert.fail(), labels: 'first', seed: 1 }), {
    code: 'REGISTRY',
    message: /^trec6\.reader: Unknown reader "trek"\. Did you mean "trec"\? Readers: baly, clinc150, /,
  });
});

test('load: a sample is stratified, keeps order and split, and says what it is', { skip: unlessShared('data/trec') }, async () => {
  const [all, sample, other] = [
    await loadReal('trec6'),
    await loadReal('trec6', { limit: 1000 }),
    await loadReal('trec6', { limit: 1000, seed: 2 }),
  ];
  assert.equal(sample.sample, 'stratified 1000 of 5952, seed 1');
  assert.equal(other.sample, 'stratified 1000 of 5952, seed 2');
  assert.notEqual(other.hash, sample.hash);
  assert.deepEqual(sample, await loadReal('trec6', { limit: 1000 }));
  const [whole, part] = [classCounts(all), classCounts(sample)];
  for (const name of all.classes) assert.ok(Math.abs(part[name]! - (whole[name]! * 1000) / 5952) < 1, name);
  assert.deepEqual([...sample.split].toSorted(), [...sample.split]);
  let row = 0;
  for (const text of all.texts) if (text === sample.texts[row]) row++;
  assert.equal(row, 1000);
  assert.equal((await loadReal('trec6', { limit: 6000 })).sample, '');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reader, ReaderOptions } from '../../../src/datasets/reader.ts';
import { READERS } from '../../../src/datasets/readers.ts';
import { temporaryFolder } from '../../temporary.ts';
import { readFiles, rejectsWith } from '../support.ts';

const folder = temporaryFolder();
type Files = Readonly<Record<string, string>>;

function read(reader: string, files: Files, options: ReaderOptions = {}) {
  return readFiles({ reader: READERS[reader] as Reader, folder, files, options });
}
const pairs = async (reader: string, files: Files, options?: ReaderOptions) =>
  (await read(reader, files, options)).map(({ text, labels }) => [text, ...labels]);

test('trec: the label ends at the first blank', async () => {
  const files = { f: 'NUM:dist How far : is it ? \nDESC:def What ?\n' };
  assert.deepEqual(await pairs('trec', files, { labels: 'coarse' }), [
    ['How far : is it ?', 'NUM'],
    ['What ?', 'DESC'],
  ]);
  assert.deepEqual(await pairs('trec', files, { labels: 'fine' }), [
    ['How far : is it ?', 'NUM:dist'],
    ['What ?', 'DESC:def'],
  ]);
  await rejectsWith(read('trec', { f: 'NUM:dist ok\nNUM what\n' }), 'FORMAT', 'f:2: The line does not begin with COARSE:fine and a space.');
});

test('tab-fields: names for numbers, and what is no label', async () => {
  const options = { fields: 2, text: 1, label: 2, classNames: 'no,yes' };
  assert.deepEqual(await pairs('tab-fields', { f: 'a "b \t1\n\t0\n' }, options), [
    ['a "b', 'yes'],
    ['', 'no'],
  ]);
  await rejectsWith(read('tab-fields', { f: 'a\t1\nb\t2\n' }, options), 'FORMAT', 'f:2: "2" is not a label of this dataset.');
  await rejectsWith(read('tab-fields', { f: 'a\t\n' }, options), 'FORMAT', 'f:1: The label is empty.');
  await rejectsWith(read('tab-fields', { f: 'a\t1\tc\n' }, options), 'FORMAT', 'f:1: The line has 3 fields, expected 2.');
});

test('tab-fields: label first', async () => {
  assert.deepEqual(await pairs('tab-fields', { f: 'spam\tWin £5\n' }, { fields: 2, label: 1, text: 2 }), [['Win £5', 'spam']]);
});

test('first-character: a digit and a blank', async () => {
  assert.deepEqual(await pairs('first-character', { f: '4 4 stars\n0 \n' }), [
    ['4 stars', '4'],
    ['', '0'],
  ]);
  await rejectsWith(read('first-character', { f: '4 ok\n\n' }), 'FORMAT', 'f:2: The line does not begin with a digit and a space.');
});

test('communicative-functions: result.tsv after each of the others, or once at the end', async () => {
  const files = { 'a.tsv': 'Past work\tx\tA\t1\n', 'b.tsv': 'Aim\tx\tB\t2\n', 'result.tsv': 'Aim (again)\tx\tR\t3\n' };
  assert.deepEqual(await pairs('communicative-functions', files, { resultTimes: 2 }), [
    ['A', 'Past_work'],
    ['R', 'Aim'],
    ['B', 'Aim'],
    ['R', 'Aim'],
  ]);
  assert.deepEqual(await pairs('communicative-functions', files, { resultTimes: 1 }), [
    ['A', 'Past_work'],
    ['B', 'Aim'],
    ['R', 'Aim'],
  ]);
  await rejectsWith(
    read('communicative-functions', { 'a.tsv': 'A\tB\n', 'result.tsv': '' }),
    'FORMAT',
    'a.tsv:1: The line has 2 fields, expected 4.',
  );
  await rejectsWith(
    read('communicative-functions', { 'a.tsv': '' }),
    'REGISTRY',
    'The reader needs a file named result.tsv; the entry lists a.tsv.',
  );
});

test('go-emotions: quotes are text, ids count from 0', async () => {
  const names = 'joy\nanger\ncalm';
  assert.deepEqual(await pairs('go-emotions', { 'f.tsv': '"open\t1,2\tid\nx"y"\t0\tid\n', 'emotions.txt': names }), [
    ['"open', 'anger', 'calm'],
    ['x"y"', 'joy'],
  ]);
  await rejectsWith(
    read('go-emotions', { 'f.tsv': 'a\t3\tid\n', 'emotions.txt': names }),
    'FORMAT',
    'f.tsv:1: "3" is not a line number of emotions.txt, from 0 to 2.',
  );
  await rejectsWith(
    read('go-emotions', { 'f.tsv': 'a\t\tid\n', 'emotions.txt': names }),
    'FORMAT',
    'f.tsv:1: "" is not a line number of emotions.txt, from 0 to 2.',
  );
  await rejectsWith(
    read('go-emotions', { 'f.tsv': 'a\t1\tid\n', 'emotions.txt': 'joy\n\ncalm' }),
    'FORMAT',
    'f.tsv:1: "1" is not a line number of emotions.txt, from 0 to 2.',
  );
});

test('parallel-lines: a text without a label, a label without a text', async () => {
  assert.deepEqual(await pairs('parallel-lines', { 'seq.in': 'a \nb\n', label: 'x#y\nz\n' }), [
    ['a', 'x#y'],
    ['b', 'z'],
  ]);
  await rejectsWith(
    read('parallel-lines', { 'seq.in': 'a\nb\n', label: 'x\n' }),
    'FORMAT',
    'seq.in:2: There is a text, but label ends after line 1.',
  );
  await rejectsWith(
    read('parallel-lines', { 'seq.in': 'a\n', label: 'x\ny\n' }),
    'FORMAT',
    'label:2: There is a label, but seq.in ends after line 1.',
  );
  await rejectsWith(read('parallel-lines', { 'seq.in': 'a\n', label: '\n' }), 'FORMAT', 'label:1: The label is empty.');
  await rejectsWith(
    read('parallel-lines', { 'seq.in': 'a\n' }),
    'REGISTRY',
    'The reader needs pairs of files per split, texts then labels; seq.in has no partner.',
  );
});

test('file-per-class: the class follows the last dot; an empty line is an empty text', async () => {
  assert.deepEqual(await pairs('file-per-class', { 'x.y.pos': 'a\n\nb' }), [
    ['a', 'pos'],
    ['', 'pos'],
    ['b', 'pos'],
  ]);
  await rejectsWith(read('file-per-class', { noclass: 'a\n' }), 'FORMAT', 'noclass:1: The file name has no ".class" ending.');
});

test('clinc150: lists of pairs', async () => {
  const lists = { train: [['a', 'x']], val: [['b', 'y']], test: [['c', 'x']], oos_train: [['d', 'oos']], oos_val: [], oos_test: [] };
  const rows = await read('clinc150', { 'f.json': JSON.stringify(lists) }, { outOfScope: true });
  assert.deepEqual(
    rows.map(({ text, split }) => [text, split]),
    [
      ['a', 'train'],
      ['d', 'train'],
      ['b', 'dev'],
      ['c', 'test'],
    ],
  );
  await rejectsWith(read('clinc150', { 'f.json': JSON.stringify({ ...lists, val: undefined }) }), 'FORMAT', 'f.json: val: No such list.');
  await rejectsWith(
    read('clinc150', { 'f.json': JSON.stringify({ ...lists, val: [['b']] }) }),
    'FORMAT',
    'f.json: val[0]: This is not a pair of text and label.',
  );
  await rejectsWith(read('clinc150', { 'f.json': '' }), 'FORMAT', 'f.json: This is not JSON: Unexpected end of JSON input.');
});

test('sentiment-json: the empty last record is not a row, an empty one elsewhere is refused', async () => {
  const options = { classNames: 'negative,positive' };
  const end = { text: '', class: null };
  assert.deepEqual(
    await pairs('sentiment-json', { 'f.json': JSON.stringify([{ text: 'a ', class: 1 }, { text: '', class: 0 }, end]) }, options),
    [
      ['a', 'positive'],
      ['', 'negative'],
    ],
  );
  await rejectsWith(
    read('sentiment-json', { 'f.json': JSON.stringify([end, { text: 'a', class: 1 }]) }, options),
    'FORMAT',
    'f.json: record 0: This is not {"text": …, "class": number}.',
  );
  await rejectsWith(
    read('sentiment-json', { 'f.json': JSON.stringify([{ text: 'a', class: 2 }]) }, options),
    'FORMAT',
    'f.json: record 0: This is not {"text": …, "class": number}.',
  );
});

test('fasttext-labels: labels at the start of a line only', async () => {
  assert.deepEqual(await pairs('fasttext-labels', { f: '__label__a __label__b-c Is __label__d text? \n__label__a\n' }), [
    ['Is __label__d text?', 'a', 'b-c'],
    ['', 'a'],
  ]);
  await rejectsWith(read('fasttext-labels', { f: '__label__a x\ny\n' }), 'FORMAT', 'f:2: The line does not begin with __label__.');
  await rejectsWith(read('fasttext-labels', { f: '__label__ x\n' }), 'FORMAT', 'f:1: The label is empty.');
});

test('wordnet: the gloss and the lexicographer file; licence lines are passed over', async () => {
  const licence = '  1 This software and database | is provided\n';
  const synset = '00001740 29 v 01 breathe 0 001 * 00005041 v 0000 01 + 02 00 | draw air; "I can breathe | better"  \n';
  assert.deepEqual(await pairs('wordnet', { f: licence + synset }), [['draw air; "I can breathe | better"', 'verb.body']]);
  await rejectsWith(
    read('wordnet', { f: licence + synset.replace(' 29 ', ' 45 ') }),
    'FORMAT',
    'f:2: This is not a synset with a lexicographer file number and a gloss.',
  );
});

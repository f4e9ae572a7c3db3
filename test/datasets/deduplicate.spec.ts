import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { Example, Split } from '../../src/datasets/dataset.ts';
import { deduplicatedRows, wasDeduplicated } from '../../src/datasets/deduplicate.ts';
import { limitFrom } from '../../src/datasets/limit.ts';
import { loadDataset } from './load-classes.ts';
import { temporaryFolder } from '../temporary.ts';
import { splitCounts, writeFiles } from './support.ts';

const folder = temporaryFolder();
const row = (text: string, labels: string, split: Split = 'train'): Example => ({ text, labels: labels.split('+'), split });
const kept = (examples: readonly Example[], labels: 'first' | 'multi' = 'first') => deduplicatedRows(examples, labels).rows;

test('deduplicate: the first of equal texts with equal labels stays; those whose labels differ all stay', () => {
  assert.deepEqual(kept([row('x', 'a'), row('y', 'a'), row('x', 'a'), row('x', 'b'), row('x', 'a')]), [0, 1, 3]);
});

test('deduplicate: texts are compared without the white space around them, of whatever kind', () => {
  assert.deepEqual(kept([row('x', 'a'), row(' x', 'a'), row('x\n', 'a'), row('\u00a0x\u3000', 'a'), row('\ufeffx', 'a')]), [0]);
  // Inner white space, case and Unicode composition are part of the text.
  assert.deepEqual(kept([row('x y', 'a'), row('x  y', 'a'), row('X y', 'a'), row('é', 'a'), row('e\u0301', 'a')]), [0, 1, 2, 3, 4]);
  assert.deepEqual(kept([row('', 'a'), row('  ', 'a'), row('', 'b')]), [0, 2]);
});

test('deduplicate: of splits, test keeps its copy before dev, and dev before train', () => {
  const all = [
    row('x', 'a'),
    row('y', 'a'),
    row('z', 'a'),
    row('x', 'a', 'dev'),
    row('y', 'a', 'dev'),
    row('x', 'a', 'test'),
    row('x', 'a', 'test'),
  ];
  assert.deepEqual(deduplicatedRows(all, 'first'), {
    rows: [2, 4, 5],
    sample: 'deduplicated 3 of 7',
    note: '`deduplicate` removed 4 of 7 texts (2 of train, 1 of dev, 1 of test).',
  });
});

test('deduplicate: the labels that count are compared', () => {
  const several = [row('x', 'a+b'), row('x', 'b+a'), row('x', 'a'), row('x', 'a+a+b')];
  assert.deepEqual(kept(several), [0, 1]);
  assert.deepEqual(kept(several, 'multi'), [0, 2]);
});

test('deduplicate: nothing is said where nothing goes', () => {
  assert.deepEqual(deduplicatedRows([row('x', 'a'), row('y', 'a')], 'first'), { rows: [0, 1], sample: '', note: undefined });
});

test('deduplicate: before a sample is drawn, and read again from what is said of it', async () => {
  const texts = Array.from({ length: 60 }, (_, i) => `text ${i},${'ab'[i % 2]}`);
  writeFiles(folder, {
    'twice.csv': `text,label\n${[...texts, ...texts.slice(0, 15)].join('\n')}\n`,
    'once.csv': `text,label\n${texts.join('\n')}\n`,
  });
  const load = (name: string, more: object) => loadDataset({ file: { path: path.join(folder, name) }, labels: 'first', seed: 1, ...more });
  const once = await load('once.csv', { limit: 20 });
  const dataset = await load('twice.csv', { deduplicate: true, limit: 20 });
  assert.deepEqual(dataset.texts, once.texts);
  assert.equal(dataset.hash, once.hash);
  assert.equal(dataset.sample, 'deduplicated 60 of 75; stratified 20 of 60, seed 1');
  assert.deepEqual(dataset.notes, ['`deduplicate` removed 15 of 75 texts (15 of train).']);
  assert.deepEqual(
    [wasDeduplicated(dataset.sample), wasDeduplicated(once.sample), wasDeduplicated('deduplicated 60 of 75')],
    [true, false, true],
  );
  assert.deepEqual(limitFrom(dataset.sample), { limit: 20, seed: 1 });
  const unchanged = await load('once.csv', { deduplicate: true });
  assert.deepEqual([unchanged.sample, unchanged.notes], ['', []]);
});

test('deduplicate: train may lose all its copies of test', async () => {
  writeFiles(folder, { 'leak/train.csv': 'text,label\nx,a\ny,b\nz,a\n', 'leak/test.csv': 'text,label\n x ,a\ny,c\n' });
  const dataset = await loadDataset({ file: { path: path.join(folder, 'leak') }, labels: 'first', seed: 1, deduplicate: true });
  assert.deepEqual(splitCounts(dataset), [2, 0, 2]);
});

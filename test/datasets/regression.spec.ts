import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { RegressionDataset } from '../../src/datasets/dataset.ts';
import { loadDataset, type LoadParams } from '../../src/datasets/load.ts';
import { NestedSamples } from '../../src/datasets/nested.ts';
import { targetOf } from '../../src/datasets/target.ts';
import { withNumbers } from '../../src/datasets/task.ts';
import { trainAlone, trainPart } from '../../src/datasets/train-part.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeFiles } from './support.ts';

const folder = temporaryFolder();

async function load(
  content: string,
  more: Partial<LoadParams> & { readonly file?: string } = {},
  columns = {},
): Promise<RegressionDataset> {
  const { file = 'd.csv', ...rest } = more;
  writeFiles(folder, { [file]: content });
  const params = {
    file: { path: path.join(folder, file), ...columns },
    labels: 'first',
    seed: 1,
    task: 'regression',
    ...rest,
  } as LoadParams;
  return withNumbers(await loadDataset(params), 'The spec');
}

test('regression: targets are numbers, whatever way they are written', async () => {
  const { targets, task } = await load('text,label\na,4.5\nb,5\nc, 3.565 \nd,-1\ne,1e-3\nf,+.5\ng,-0\n');
  assert.equal(task, 'regression');
  assert.deepEqual([...targets], [4.5, 5, 3.565, -1, 0.001, 0.5, 0], '-1 is a number like any other');
  const lines = await load('{"text":"a","label":1}\n{"text":"b","label":2.5}\n{"text":"c","label":"3"}\n', { file: 'd.jsonl' });
  assert.deepEqual([...lines.targets], [1, 2.5, 3], 'numbers and texts of one column');
});

test('regression: a target that is not a number is refused with its line, and rows are skipped on request', async () => {
  for (const cell of ['good', '', 'NaN', 'inf', '1 000', '0x10', '3/4', '1e999']) {
    await assert.rejects(
      load(`text,label\na,1\nb,${cell}\nc,2\n`),
      { message: new RegExp(`d\\.csv:3: Column "label" is .*, not a number\\.`) },
      cell,
    );
  }
  await assert.rejects(load('text;label\na;1,5\nb;2\n'), { message: /Column "label" is "1,5", not a number\. Use a decimal point\./ });
  await assert.rejects(load('{"text":"a","label":[1]}\n{"text":"b","label":true}\n', { file: 'd.jsonl' }), {
    message: /2 of 2 rows are invalid/,
  });
  const { targets, notes } = await load('text,label\na,1\nb,good\nc,2\n', {}, { skipInvalid: true });
  assert.deepEqual([...targets], [1, 2]);
  assert.match(notes!.join('\n'), /1 of 3 rows skipped \(1 without a numeric target\)/);
});

test('regression: a constant target is refused', async () => {
  await assert.rejects(load('text,label\na,2\nb,2.0\n'), { message: /All 2 rows have the target 2\./ });
});

test('regression: a sample is drawn from all rows alike, each within every larger one', async () => {
  const content = ['text,label', ...Array.from({ length: 200 }, (_, i) => `t${i},${i / 7}`)].join('\n');
  const part = await load(content, { limit: 50 });
  assert.equal(part.sample, 'random 50 of 200, seed 1');
  assert.equal(part.targets.length, 50);
  const whole = await load(content);
  const samples = new NestedSamples(whole, 1);
  const [few, many] = [samples.take(20), samples.take(80)];
  assert.ok(few.rows.every((row) => many.rows.includes(row)));
  assert.deepEqual(
    [...few.dataset.targets],
    few.rows.map((row) => whole.targets[row]),
  );
  assert.equal(trainPart(whole, { size: 30, seed: 1 }).targets.length, 30);
  assert.deepEqual(trainAlone(whole).targets, whole.targets);
});

test('regression: other targets and other tasks are other data', async () => {
  const [one, same, other] = [
    await load('text,label\na,1\nb,2\n'),
    await load('text,label\na,1.0\nb,2\n'),
    await load('text,label\na,1\nb,3\n'),
  ];
  assert.equal(one.hash, same.hash);
  assert.notEqual(one.hash, other.hash);
  writeFiles(folder, { 'd.csv': 'text,label\na,1\nb,2\n' });
  const classes = await loadDataset({ file: { path: path.join(folder, 'd.csv') }, labels: 'first', seed: 1 });
  assert.equal(classes.task, 'classification');
  assert.notEqual(one.hash, classes.hash);
});

test('pairs: the second text of each row, whatever the labels are', async () => {
  const pair = { textColumn: 'a', textPairColumn: 'b', labelColumn: 's' };
  const { texts, seconds, hash } = await load('a,b,s\nx,y,1\ny,x,2\nz,,3\n', {}, pair);
  assert.deepEqual(
    [texts, seconds],
    [
      ['x', 'y', 'z'],
      ['y', 'x', ''],
    ],
  );
  assert.notEqual(hash, (await load('a,b,s\nx,y,1\ny,x,2\nz,!,3\n', {}, pair)).hash);
  await assert.rejects(load('a,s\nx,1\ny,2\n', {}, pair), {
    message: /No column "b"\..* Columns: a, s\. Set the second text column with `textPairColumn`\./,
  });
  await assert.rejects(load('{"a":"x","b":"y","s":1}\n{"a":"x","s":2}\n', { file: 'd.jsonl' }, pair), {
    message: /d\.jsonl:2: No "b" field\./,
  });
  await assert.rejects(load('{"a":"x","b":"y","s":1}\n{"a":"x","b":3,"s":2}\n', { file: 'd.jsonl' }, pair), {
    message: /Column "b" is the number 3, not a second text\./,
  });
  await assert.rejects(load('a,s\nx,1\ny,2\n', {}, { ...pair, textPairColumn: 'a' }), { message: /Column "a" is also the text's\./ });
});

test('pairs: copies are rows with both texts equal', async () => {
  const pair = { textColumn: 'a', textPairColumn: 'b', labelColumn: 's' };
  const { texts, sample } = await load('a,b,s\nx,y,1\nx,z,1\nx , y,1\ny,x,1\nx,y,2\n', { deduplicate: true }, pair);
  assert.equal(texts.length, 4);
  assert.equal(sample, 'deduplicated 4 of 5');
});

test('targets: a cell as a number', () => {
  const at = { column: 'c', at: 1 };
  assert.deepEqual(targetOf(3n, at), { number: 3 });
  assert.deepEqual(targetOf('\u00A02.50\u200B', at), { number: 2.5 });
  for (const cell of [null, undefined, NaN, Infinity, {}, new Date(0)]) assert.ok('what' in targetOf(cell, at), String(cell));
});

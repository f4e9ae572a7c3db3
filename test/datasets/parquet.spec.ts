import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parquet } from '../../src/datasets/readers/parquet.ts';
import { temporaryFolder } from '../temporary.ts';
import { parquetBytes, type ParquetLies } from './parquet-bytes.ts';
import { readFiles, rejectsWith } from './support.ts';

const folder = temporaryFolder();

function read(lies: ParquetLies = {}, label = 'label') {
  return readFiles({ reader: parquet, folder, files: { 'f.parquet': parquetBytes(lies) }, options: { split: 'part', label } });
}

test('parquet: pages of both versions, plain, by dictionary and by differences', async () => {
  assert.deepEqual(
    (await read()).map(({ text, labels, split }) => [text, ...labels, split]),
    [
      ['Who?', 'HUM', 'train'],
      ['Where\nis it?', 'HUM', 'train'],
      ['', 'LOC', 'test'],
      ['café', 'LOC', 'test'],
    ],
  );
  assert.deepEqual(
    (await read({}, 'number')).map(({ labels }) => labels),
    [['1'], ['2'], ['3'], ['4']],
  );
});

const FAR = 'it would unpack to far more than its size';
const LIES: readonly (readonly [what: string, lies: ParquetLies, reason: string, label?: string])[] = [
  ['more rows than it can have', { rows: 1n << 40n }, FAR],
  ['fewer rows than none', { rows: -1n }, 'it has a negative number of bytes or values'],
  ['a page of more values than it can have', { values: 1 << 30 }, FAR],
  ['a run has a billion levels', { levels: 1 << 30 }, 'a run has 1073741824 values, expected 4'],
  ['a run has a billion labels', { labels: 1 << 30 }, 'a run has 1073741824 values, expected 4'],
  ['a page of a gigabyte', { pageBytes: 1 << 30 }, FAR],
  ['a billion parts of a block', { miniblocks: 1 << 30 }, 'a page of 14 bytes claims 1073741824 miniblocks', 'number'],
];

for (const [what, lies, reason, label] of LIES) {
  test(`parquet: ${what} is refused before there is room for it`, () =>
    rejectsWith(read(lies, label), 'FORMAT', `f.parquet: The Parquet file cannot be read: ${reason}.`));
}

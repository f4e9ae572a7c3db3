import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { ReaderOptions } from '../../src/datasets/reader.ts';
import { READERS } from '../../src/datasets/readers.ts';
import { temporaryFolder } from '../temporary.ts';
import { readAndFind, readFiles, rejectsWith } from './support.ts';

const folder = temporaryFolder();

function read(name: string, content: string | Uint8Array, options: ReaderOptions = {}, labelField = 'label') {
  return readFiles({ reader: READERS[path.extname(name).slice(1)]!, folder, files: { [name]: content }, options, labelField });
}

/** Labels of rows, and whether they are indices of classes. */
const PLACES: readonly (readonly [labels: readonly unknown[], length: number | undefined, options?: ReaderOptions])[] = [
  [
    [
      [0, 1, 0],
      [1, 0, 1],
    ],
    3,
  ],
  [
    [
      [1, 0],
      [0, 0],
    ],
    2,
  ],
  [[[1.0, 0.0, 1.0]], 3],
  [
    [
      [true, false],
      [false, false],
    ],
    2,
  ],
  [
    [
      [0.1, 0.9],
      [0.5, 0.5],
    ],
    2,
  ],
  [
    [
      ['0', '1', '1'],
      ['1', '0', '0'],
    ],
    3,
  ],
  [['0,1,1', '1, 0, 0'], 3, { labelSeparator: ',' }],
  // Names of two classes, lists of other lengths, other numbers, one label each.
  [
    [
      [0, 1],
      [1, 0],
    ],
    undefined,
  ],
  [[[0, 1, 1], [1]], undefined],
  [
    [
      [2, 2],
      [0, 1],
    ],
    undefined,
  ],
  [[[0], [1]], undefined],
  [[0, 1, 1], undefined],
  [
    [
      ['a', 'a'],
      ['b', 'b'],
    ],
    undefined,
  ],
  [['0,1,1', '1,0,0'], undefined],
];

function placesRefused(file: string, length: number): string {
  return (
    `${file}: Its labels are lists of ${length} numbers from 0 to 1, one per class, without class names. ` +
    'Give the class names of each text.'
  );
}

for (const [labels, length, options] of PLACES) {
  test(`tables: labels ${JSON.stringify(labels)} are ${length === undefined ? 'names' : 'places of classes, and refused'}`, async () => {
    const found = read('f.jsonl', labels.map((label, i) => JSON.stringify({ text: `text ${i}`, label })).join('\n'), options);
    if (length === undefined) {
      assert.equal((await found).length, labels.length);
      return;
    }
    await rejectsWith(found, 'FORMAT', placesRefused('f.jsonl', length));
  });
}

for (const [what, label] of [
  ['without a label', 'null'],
  ['with an empty list', '[]'],
  ['with a list of an empty name', '[""]'],
] as const) {
  test(`tables: a row ${what}, left out, hides no places of classes`, async () => {
    const lines = [label, '[0,1,0]', '[1,0,0]'].map((cell, i) => `{"text": "text ${i}", "label": ${cell}}`);
    const files = { 'hidden.jsonl': lines.join('\n') };
    const found = readAndFind({ reader: READERS['jsonl']!, folder, files, skipInvalid: true });
    await rejectsWith(found, 'FORMAT', placesRefused('hidden.jsonl', 3));
  });
}

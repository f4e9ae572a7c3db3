import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READERS } from '../../src/datasets/readers.ts';
import { temporaryFolder } from '../temporary.ts';
import { readAndFind, rejectsWith } from './support.ts';

const folder = temporaryFolder();
const read = (name: string, content: unknown) =>
  readAndFind({
    reader: READERS[name.slice(2)]!,
    folder,
    files: { [name]: typeof content === 'string' ? content : JSON.stringify(content) },
  });

const ROWS = [
  { text: 'one', label: 'x' },
  { text: 'two', label: 'y' },
];
const byRow = (key: 'text' | 'label') => ({ 0: ROWS[0]![key], 1: ROWS[1]![key] });
const AS_LINES = 'Read as JSON lines (one object per line).';
const AS_VALUE = 'Read as a single JSON value, not as JSON lines.';

const SHAPES: readonly (readonly [what: string, name: string, content: unknown, notes: readonly string[]])[] = [
  ['a list of objects', 'f.json', ROWS, []],
  ['the same over lines', 'f.json', JSON.stringify(ROWS, undefined, 2), []],
  ['columns by row, as pandas writes them', 'f.json', { text: byRow('text'), label: byRow('label') }, []],
  ['columns as lists', 'f.json', { text: ['one', 'two'], label: ['x', 'y'], id: [1, 2] }, []],
  ['columns over lines', 'f.json', JSON.stringify({ text: ['one', 'two'], label: ['x', 'y'] }, undefined, 1), []],
  ['rows by key', 'f.json', { 0: ROWS[0], 1: ROWS[1] }, []],
  [
    'columns, index and data',
    'f.json',
    {
      columns: ['text', 'label'],
      index: [0, 1],
      data: [
        ['one', 'x'],
        ['two', 'y'],
      ],
    },
    [],
  ],
  ['rows beside other things', 'f.json', { version: '1.0', data: ROWS }, ['Properties read: "data"; ignored: "version".']],
  ['rows under another name', 'f.json', { questions: ROWS }, []],
  ["rows of the hub's viewer", 'f.json', { rows: ROWS.map((row, i) => ({ row_idx: i, row })) }, []],
  ['JSON lines', 'f.json', ROWS.map((row) => JSON.stringify(row)).join('\n'), [AS_LINES]],
  ['a list, named as lines', 'f.jsonl', ROWS, [AS_VALUE]],
  ['a list over lines, named as lines', 'f.jsonl', JSON.stringify(ROWS, undefined, 2), [AS_VALUE]],
];

for (const [what, name, content, notes] of SHAPES) {
  test(`json: ${what}`, async () => {
    const found = await read(name, content);
    assert.deepEqual(
      found.examples.map(({ text, labels, split }) => [text, ...labels, split]),
      [
        ['one', 'x', 'train'],
        ['two', 'y', 'train'],
      ],
    );
    assert.deepEqual(
      found.notes,
      notes.map((note) => `${name}: ${note}`),
    );
  });
}

test('json: lists under the names of splits are those, whatever the order', async () => {
  const { examples, notes } = await read('f.json', {
    test: [ROWS[1]],
    train: ROWS,
    validation: { text: ['three'], label: ['x'] },
    info: 1,
  });
  assert.deepEqual(
    examples.map(({ text, split }) => [text, split]),
    [
      ['two', 'test'],
      ['one', 'train'],
      ['two', 'train'],
      ['three', 'dev'],
    ],
  );
  assert.deepEqual(notes, ['f.json: Properties read: "test", "train", "validation"; ignored: "info".']);
});

/** The only line of a JSON Lines file, whatever it looks like and however the file begins and ends. */
const ONLY: readonly (readonly [what: string, content: (row: string) => string])[] = [
  ['with a newline', (row) => `${row}\n`],
  ['without one', (row) => row],
  ['behind a byte order mark', (row) => `\uFEFF${row}`],
  ['between empty lines', (row) => `\n${row}\r\n\r\n`],
];

for (const [what, content] of ONLY) {
  test(`json: the only row of JSON lines is a row, ${what}`, async () => {
    const several = { text: 'a', label: ['x', 'y'], tokens: ['a'], among: [{ b: 1 }] };
    const { examples, notes } = await read('f.jsonl', content(JSON.stringify(several)));
    assert.deepEqual([examples, notes], [[{ text: 'a', labels: ['x', 'y'], split: 'train' }], []]);
    const tagged = { text: ['New', 'York'], label: ['B-LOC', 'I-LOC'] };
    assert.deepEqual((await read('f.jsonl', content(JSON.stringify(tagged)))).examples, [
      { text: 'New York', words: ['New', 'York'], labels: ['B-LOC', 'I-LOC'], split: 'train' },
    ]);
    // Under the other name it is a table of columns.
    assert.deepEqual(
      (await read('f.json', content(JSON.stringify(tagged)))).examples.map(({ text, labels }) => [text, ...labels]),
      [
        ['New', 'B-LOC'],
        ['York', 'I-LOC'],
      ],
    );
  });
}

test('json: the only row of JSON lines may be longer than what is looked at first, and need not be a row', async () => {
  const words = Array.from({ length: 60_000 }, (_, i) => `word${i}`);
  const [example] = (await read('f.jsonl', { text: words, label: words.map(() => 'O') })).examples;
  assert.equal(example!.words!.length, 60_000);
  await rejectsWith(
    read('f.jsonl', { data: ROWS }),
    'OPTION',
    'f.jsonl:1: No column "text". Columns: data. Set the text column with `textColumn`.',
  );
  await rejectsWith(
    read('f.jsonl', ['a', 'b']),
    'FORMAT',
    'f.jsonl: 2 of 2 rows are invalid: record 1 (This is not a JSON object), record 2 (This is not a JSON object). `skipInvalid` ' +
      'skips them.',
  );
});

test('json: a value and a table of a size beyond what is looked at first', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => ({ text: `text ${i}`, label: 'ab'[i % 2]! }));
  const columns = {
    text: Object.fromEntries(rows.map(({ text }, i) => [i, text])),
    label: Object.fromEntries(rows.map(({ label }, i) => [i, label])),
  };
  for (const content of [rows, columns]) assert.equal((await read('f.json', content)).examples.length, 20_000);
});

const HINT = 'Write a list of objects, or JSON lines (.jsonl).';
const WRONG: readonly (readonly [content: unknown, message: string])[] = [
  ['[{"text": "a"', "f.json: This is not JSON: Expected ',' or '}' after property value in JSON at position 13."],
  ['"text"', `f.json: Expected a list of objects or an object of columns. ${HINT}`],
  [{ text: ['a', 'b'], label: ['x'] }, `f.json: Column "text" has 2 rows, "label" 1. ${HINT}`],
  [{ text: ['a'], label: { 0: 'x' } }, `f.json: Its columns "text", "label" are neither all lists nor all objects keyed by row. ${HINT}`],
  [{ a: [{ b: 1 }], c: [{ d: 1 }] }, `f.json: It has several lists of objects: "a", "c". ${HINT}`],
  [
    [
      ['a', 'x'],
      ['b', 'y'],
    ],
    'f.json: 2 of 2 rows are invalid: record 1 (This is not a JSON object), record 2 (This is not a JSON object). `skipInvalid` ' +
      'skips them.',
  ],
  [
    [ROWS[0], { text: null, label: 'x' }, { text: 'a' }],
    'f.json: 2 of 3 rows are invalid: record 2 (Column "text" is null, not a text), record 3 (No "label" field). `skipInvalid` ' +
      'skips them.',
  ],
];

test('json: anything but a table is refused, and described', async () => {
  for (const [content, message] of WRONG) await rejectsWith(read('f.json', content), 'FORMAT', message);
  await rejectsWith(
    read('f.json', [{ body: 'a', label: 'x' }]),
    'OPTION',
    'f.json: record 1: No column "text". Columns: body, label. Set the text column with `textColumn`.',
  );
});

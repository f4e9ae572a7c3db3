import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { classNamesOf } from '../../src/datasets/class-names.ts';
import { sortedClasses } from '../../src/datasets/class-order.ts';
import { trimLabel } from '../../src/datasets/labels.ts';
import { loadDataset } from './load-classes.ts';
import { packageRoot } from '../../src/home.ts';
import { temporaryFolder } from '../temporary.ts';
import { rejectsWith, writeFiles } from './support.ts';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);

async function load(files: Readonly<Record<string, string | Uint8Array>>, place: string, more: object = {}) {
  writeFiles(folder, files);
  const { classes, notes } = await loadDataset({ file: { path: at(place), ...more }, labels: 'multi', seed: 1 });
  return { classes, notes };
}
const csv = (labels: readonly string[]) => `text,label\n${labels.map((label, i) => `t${i},"${label}"\n`).join('')}`;
const jsonl = (labels: readonly string[]) => labels.map((label, i) => `{"text": "t${i}", "label": ${label}}\n`).join('');

test('labels: white space and what nobody sees go from the ends, and stay inside', () => {
  for (const blank of [
    ' ',
    '\t',
    '\r',
    '\v',
    '\u0085',
    '\u00a0',
    '\u1680',
    '\u2003',
    '\u2028',
    '\u202f',
    '\u3000',
    '\ufeff',
    '\u200b',
    '\u200e',
    '\u2060',
    '\u00ad',
    '\u001c',
  ]) {
    assert.equal(trimLabel(`${blank}a${blank}b${blank}${blank}`), `a${blank}b`, JSON.stringify(blank));
  }
  assert.equal(trimLabel('\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}'), '\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}'); // a flag: its tags are no blanks
  assert.equal(trimLabel(' \u00a0 '), '');
});

/** Labels of a text column, their classes, and the notes. */
const TEXTS: readonly (readonly [labels: readonly string[], classes: readonly string[], note?: string])[] = [
  [
    ['2', '10', '1'],
    ['1', '2', '10'],
  ],
  [
    ['-1', '10', '2'],
    ['-1', '2', '10'],
  ],
  [['1', '1.0', '2'], ['1', '2'], 'Equivalent labels merged: "1.0" is 1.'],
  [['1.0', '2.00', '-0.0'], ['0', '1', '2'], 'Whole numbers written without decimals: "1.0" is 1, "2.00" is 2, "-0.0" is 0.'],
  [
    ['1', '1.0', '1.10'],
    ['1', '1.0', '1.10'],
  ],
  [
    ['1', '1.0', '01'],
    ['01', '1', '1.0'],
  ],
  [
    ['1', '1.0', '1e3'],
    ['1', '1.0', '1e3'],
  ],
  [
    ['1', '1.0', 'x'],
    ['1', '1.0', 'x'],
  ],
  [
    ['2', '10', 'x'],
    ['10', '2', 'x'],
  ],
  [
    ['02', '10', '1'],
    ['02', '1', '10'],
  ],
  [
    ['True', 'true', 'False'],
    ['False', 'True', 'true'],
  ],
  [['a', 'a ', '\u00a0a', 'b'], ['a', 'b'], 'Whitespace was trimmed from 2 labels.'],
  [
    ['9007199254740993', '9007199254740992'],
    ['9007199254740992', '9007199254740993'],
  ],
];

test('labels: of text', async () => {
  for (const [labels, classes, note] of TEXTS) {
    assert.deepEqual(await load({ 'l.csv': csv(labels) }, 'l.csv'), { classes, notes: note === undefined ? [] : [note] }, labels.join());
  }
});

const VALUES: readonly (readonly [labels: readonly string[], classes: readonly string[], note?: string])[] = [
  [
    ['1', '1.0', '"1"', '2'],
    ['1', '2'],
  ],
  [['1', '"1.0"', '2'], ['1', '2'], 'Equivalent labels merged: "1.0" is 1.'],
  [
    ['-0.0', '0', '1e2', '0.10'],
    ['0', '0.1', '100'],
  ],
  [['true', '"True"', '"FALSE"'], ['false', 'true'], 'Equivalent labels merged: "True" is true, "FALSE" is false.'],
  [
    ['true', '"true"', '"x"'],
    ['true', 'x'],
  ],
  [
    ['"True"', '"true"'],
    ['True', 'true'],
  ],
  [['["a ", "b"]', '[" a", "a"]'], ['a', 'b'], 'Whitespace was trimmed from 2 labels.'],
];

test('labels: of JSON', async () => {
  for (const [labels, classes, note] of VALUES) {
    assert.deepEqual(
      await load({ 'l.jsonl': jsonl(labels) }, 'l.jsonl'),
      { classes, notes: note === undefined ? [] : [note] },
      labels.join(),
    );
  }
  await rejectsWith(
    load({ 'l.jsonl': jsonl(['9007199254740993', '1']) }, 'l.jsonl'),
    'FORMAT',
    `${at('l.jsonl')}:1: The label 9007199254740992 is a number beyond 2^53, which JSON parsers round. Quote it. ` +
      '`skipInvalid` skips it.',
  );
});

test('labels: those of all files of a dataset are one column', async () => {
  const { classes, notes } = await load({ 'cut/train.csv': csv(['2', '1', '0']), 'cut/test.csv': csv(['0.0', '2.0']) }, 'cut');
  assert.deepEqual([classes, notes], [['0', '1', '2'], ['Equivalent labels merged: "0.0" is 0, "2.0" is 2.']]);
});

test('labels: several of a cell are trimmed, each once; blanks of the separator do not matter', async () => {
  const cells = ['a, b', 'b ,a', 'c', 'a,a'];
  for (const labelSeparator of [',', ', ']) {
    assert.deepEqual(
      await load({ 'm.csv': csv(cells) }, 'm.csv', { labelSeparator }),
      { classes: ['a', 'b', 'c'], notes: [] },
      labelSeparator,
    );
  }
  assert.deepEqual((await load({ 'm.csv': csv(['a  b', 'b']) }, 'm.csv', { labelSeparator: ' ' })).classes, ['a', 'b']);
  assert.deepEqual((await load({ 'm.csv': csv(cells) }, 'm.csv', { labelSeparator: ';' })).notes, ['No label contains the separator ";".']);
  await rejectsWith(
    load({ 'm.csv': csv(['a,,b', 'a,', 'b']) }, 'm.csv', { labelSeparator: ',' }),
    'FORMAT',
    `${at('m.csv')}: 2 of 3 rows are invalid: line 2 (The label is empty), line 3 (The label is empty). \`skipInvalid\` skips them.`,
  );
});

test('labels: whole numbers as numbers, whatever their size; anything else by code point', () => {
  assert.deepEqual(sortedClasses(['10', '9', '-3', '123456789012345678901234567890']), ['-3', '9', '10', '123456789012345678901234567890']);
  assert.deepEqual(sortedClasses(['b', 'B', '10', '9', '9']), ['10', '9', 'B', 'b']);
  assert.deepEqual(sortedClasses(['-0', '10', '9']), ['-0', '10', '9']);
});

const parquet = readFileSync(path.join(packageRoot(), 'test', 'datasets', 'fixtures', 'labels.parquet'));
const named = (column: string) => [`${at('l.parquet')}: The classes of column "${column}" are named in the file metadata: neg, pos.`];

/** Columns of a Parquet file written by pyarrow, their classes, and the notes. */
const COLUMNS: Readonly<Record<string, readonly [classes: readonly string[], notes: readonly string[]]>> = {
  single: [['0.1', '1', '2.5'], []],
  half: [['0.1', '1', '2.5'], []],
  double: [['0', '0.1', '1', '1e+21'], []],
  long: [['1', '2', '9007199254740993', '9007199254740994'], []],
  decimal: [['0.3', '1.1', '2'], []],
  truth: [['false', 'true'], []],
  category: [['x', 'y'], []],
  class: [['neg', 'pos'], named('class')],
  classes: [['neg', 'pos'], named('classes')],
  sequence: [['neg', 'pos'], named('sequence')],
  pair: [['neg', 'pos'], named('pair')],
};

test('labels: of Parquet, numbers of every kind and names of classes', async () => {
  for (const [labelColumn, [classes, notes]] of Object.entries(COLUMNS)) {
    assert.deepEqual(await load({ 'l.parquet': parquet }, 'l.parquet', { labelColumn }), { classes, notes }, labelColumn);
  }
  await rejectsWith(
    load({}, 'l.parquet', { labelColumn: 'date' }),
    'FORMAT',
    `${at('l.parquet')}: 4 of 4 rows are invalid: ` +
      `${[1, 2, 3].map((row) => `row ${row} (Column "date" is a date, not a label)`).join(', ')}, and 1 more. \`skipInvalid\` skips ` +
      'them.',
  );
  await rejectsWith(
    load({}, 'l.parquet', { labelColumn: 'far' }),
    'FORMAT',
    `${at('l.parquet')}: 2 of 4 rows are invalid: row 2 (The label is -1, which means unlabelled), row 3 (The label 7 is not one of the ` +
      '2 classes of the file). `skipInvalid` skips them.',
  );
});

test('class names: a ClassLabel, or a list of them, and nothing else', () => {
  const label = { names: ['a', 'b'], _type: 'ClassLabel' };
  const features = {
    label,
    tags: { feature: label, _type: 'LargeList' },
    old: [label],
    two: [label, label],
    value: { dtype: 'int64', _type: 'Value' },
    numbers: { names: [1], _type: 'ClassLabel' },
  };
  for (const column of ['label', 'tags', 'old']) assert.deepEqual(classNamesOf(features, column), ['a', 'b'], column);
  for (const column of ['two', 'value', 'numbers', 'constructor', 'none']) assert.equal(classNamesOf(features, column), undefined, column);
  for (const odd of [null, 1, 'x', []]) assert.equal(classNamesOf(odd, 'label'), undefined);
});

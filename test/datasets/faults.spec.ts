import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { loadDataset } from './load-classes.ts';
import { temporaryFolder } from '../temporary.ts';
import { rejectsWith, writeFiles } from './support.ts';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);
const load = (name: string, more: object = {}) => loadDataset({ file: { path: at(name), ...more }, labels: 'first', seed: 1 });

const BAD = Buffer.from('text,label,part\na,x,train\nb,,train\nc\xe9,x,train\nd,y\n"e\nf",y,other\ng,y,test\n\0,y,test\n', 'latin1');

test('rows that cannot be used: all are counted, the first three named with their lines', async () => {
  writeFiles(folder, { 'f.csv': BAD });
  await rejectsWith(
    load('f.csv', { splitColumn: 'part' }),
    'FORMAT',
    `${at('f.csv')}: 5 of 7 rows are invalid: line 3 (The label is empty), line 4 (Byte 0xE9 is not UTF-8), line 5 (The row has 2 ` +
      'fields, the header has 3), and 2 more. Quote fields that contain a comma. Set its encoding with `encoding`: as windows-1252 ' +
      'the line begins "cé,x,train". `skipInvalid` skips them.',
  );
});

test('rows that cannot be used: skipped where asked, and said how many and why', async () => {
  const { texts, notes } = await load('f.csv', { splitColumn: 'part', skipInvalid: true });
  assert.deepEqual(texts, ['a', 'g']);
  assert.deepEqual(notes, [
    '5 of 7 rows skipped (1 without a valid label, 1 with bytes that are invalid in the encoding, 1 with a different number of ' +
      'fields from the header, 1 of an unknown split, 1 with a NUL character): line 3 (The label is empty), line 4 (Byte 0xE9 is not ' +
      'UTF-8), line 5 (The row has 2 fields, the header has 3), and 2 more.',
  ]);
});

test('rows that cannot be used: of all files of a folder together', async () => {
  writeFiles(folder, { 'cut/train.csv': 'text,label\na,x\nb,\n', 'cut/test.csv': 'text,label\nc,y\n,\nd,\n' });
  await rejectsWith(
    load('cut'),
    'FORMAT',
    `3 of 5 rows are invalid: ${at('cut/train.csv')}:3 (The label is empty), ${at('cut/test.csv')}:3 (The label is empty), ` +
      `${at('cut/test.csv')}:4 (The label is empty). \`skipInvalid\` skips them.`,
  );
  assert.deepEqual((await load('cut', { skipInvalid: true })).texts, ['a', 'c']);
});

test('rows that cannot be used: where none is left, nothing is skipped; what ends the reading stays an error', async () => {
  writeFiles(folder, { 'none.csv': 'text,label\na,\nb,\n', 'open.csv': 'text,label\na,x\n"b,y\n' });
  await rejectsWith(
    load('none.csv', { skipInvalid: true }),
    'FORMAT',
    `${at('none.csv')}: 2 of 2 rows are invalid: line 2 (The label is empty), line 3 (The label is empty).`,
  );
  await rejectsWith(load('open.csv', { skipInvalid: true }), 'FORMAT', `${at('open.csv')}:3: A quote opened in this row is never closed.`);
});

test('rows that cannot be used: lines of JSON', async () => {
  writeFiles(folder, {
    'f.jsonl': Buffer.concat([
      Buffer.from('{"text": "a", "label": "x"}\n{"text": null, "label": "x"}\n{"label": "x"}\n{"text": }\n[1]\n'),
      Buffer.from('{"text": "\xe9", "label": "x"}\n{"text": "b", "label": "y"}\n', 'latin1'),
    ]),
  });
  await rejectsWith(
    load('f.jsonl'),
    'FORMAT',
    `${at('f.jsonl')}: 5 of 7 rows are invalid: line 2 (Column "text" is null, not a text), line 3 (No "text" field), line 4 ` +
      `(The line is not JSON: Unexpected token '}', "{"text": }" is not valid JSON), and 2 more. \`skipInvalid\` skips them.`,
  );
  assert.deepEqual((await load('f.jsonl', { skipInvalid: true })).texts, ['a', 'b']);
});

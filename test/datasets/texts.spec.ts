import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readTexts } from '../../src/datasets/texts.ts';
import { temporaryFolder } from '../temporary.ts';
import { rejectsWith, writeFiles } from './support.ts';

const folder = temporaryFolder();
function read(name: string, content: string, column = 'text') {
  writeFiles(folder, { [name]: content });
  return readTexts({ file: path.join(folder, name), column });
}
const at = (name: string) => path.join(folder, name);

test('texts: a line each of a .txt, empty ones too', async () => {
  assert.deepEqual(await read('a.txt', '\ufeffone\r\n\n two \u0085\nthree'), ['one', '', ' two \u0085', 'three']);
});

test('texts: a column of a table, which needs no label', async () => {
  assert.deepEqual(await read('a.csv', 'id,question\n1,"a\nb"\n2,\n', 'question'), ['a\nb', '']);
  assert.deepEqual(await read('a.jsonl', '{"text": "a"}\n'), ['a']);
  assert.deepEqual(await read('a.tsv', 'text\n"a\n'), ['"a']);
});

test('texts: wrong inputs', async () => {
  await rejectsWith(read('a.csv', 'id,question\n1,a\n', 'questions'), 'OPTION', `${at('a.csv')}: There is no column "questions". Did you mean "question"? There are: id, question. Name the text's with --text-column.`);
  await rejectsWith(read('a.jsonl', '{"text": 7}\n'), 'FORMAT', `${at('a.jsonl')}:1: Column "text" is the number 7, not a text.`);
  await rejectsWith(read('a.txt', ''), 'DATA', `${at('a.txt')}: There is no text in it.`);
  await rejectsWith(readTexts({ file: at('none.txt'), column: 'text' }), 'OPTION', `${at('none.txt')}: There is no such file.`);
  await rejectsWith(readTexts({ file: folder, column: 'text' }), 'OPTION', `${folder}: This is a folder. Name one file: .txt, .csv, .tsv, .jsonl, .json, .parquet.`);
});

test('texts: of a CSV with one column, an empty text in quotes is a row, an empty line is none', async () => {
  assert.deepEqual(await read('a.csv', 'text\n""\n\n"a"\n\n'), ['', 'a']);
  await rejectsWith(read('a.csv', 'text\n\n\r\n"a\r\nb"\n\n\nx"y\n'), 'FORMAT', `${at('a.csv')}:8: The row has a quote inside a field. Put the field in quotes and double the quotes inside.`);
});

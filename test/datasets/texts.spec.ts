import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
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
  await rejectsWith(
    read('a.csv', 'id,question\n1,a\n', 'questions'),
    'OPTION',
    `${at('a.csv')}: No column "questions". Did you mean "question"? Columns: id, question. Set the text column with \`textColumn\`.`,
  );
  await rejectsWith(read('a.jsonl', '{"text": 7}\n'), 'FORMAT', `${at('a.jsonl')}:1: Column "text" is the number 7, not a string.`);
  await rejectsWith(read('a.txt', ''), 'DATA', `${at('a.txt')}: It contains no text.`);
  await rejectsWith(readTexts({ file: at('none.txt'), column: 'text' }), 'OPTION', `${at('none.txt')}: File not found.`);
  await rejectsWith(
    readTexts({ file: folder, column: 'text' }),
    'OPTION',
    `${folder}: This is a directory. Give a single file: .txt, .csv, .tsv, .jsonl, .json, .parquet.`,
  );
});

test('texts: of a CSV with one column, an empty text in quotes is a row, an empty line is none', async () => {
  assert.deepEqual(await read('a.csv', 'text\n""\n\n"a"\n\n'), ['', 'a']);
  await rejectsWith(
    read('a.csv', 'text\n\n\r\n"a\r\nb"\n\n\nx"y\n'),
    'FORMAT',
    `${at('a.csv')}:8: The row has an unescaped quote inside a field. Put the field in quotes and double the quotes inside.`,
  );
});

test('texts: of the formats that datasets are read in, and what was found out is said', async () => {
  const notes: string[] = [];
  const texts = (name: string, bytes: string | Uint8Array, more: object = {}) => {
    writeFiles(folder, { [name]: bytes });
    return readTexts({ file: at(name), column: 'text', note: (sentence) => notes.push(sentence.replace(`${at(name)}: `, '')), ...more });
  };
  const both = ['one, 1', 'two'];
  assert.deepEqual(await texts('b.txt.gz', gzipSync('one, 1\ntwo\n')), both);
  assert.deepEqual(await texts('b.csv.gz', gzipSync('text\n"one, 1"\ntwo\n')), both);
  assert.deepEqual(await texts('b.json', '[{"text": "one, 1"}, {"text": "two"}]'), both);
  assert.deepEqual(await texts('b.ndjson', '{"text": "one, 1"}\n{"text": "two"}\n'), both);
  assert.deepEqual(await texts('b.csv', 'id|text\n1|one, 1\n2|two\n'), both);
  assert.deepEqual(await texts('b.txt', Buffer.from('\ufeffone, 1\ntwo\n', 'utf16le')), both);
  assert.deepEqual(await texts('b.txt', Buffer.from('caf\xe9\n', 'latin1'), { encoding: 'latin1' }), ['café']);
  assert.deepEqual(notes, ['Fields are separated by vertical bars.', 'It is read as UTF-16 (little-endian), by its byte-order mark.']);
});

test('texts: rows that cannot be used are counted, and none is skipped: row i of the vectors is row i of the file', async () => {
  await rejectsWith(
    read('c.jsonl', '{"text": "a"}\n{"text": null}\n{}\n'),
    'FORMAT',
    `${at('c.jsonl')}: 2 of 3 rows are invalid: line 2 (Column "text" is null, not a string), line 3 (No "text" field).`,
  );
  writeFiles(folder, { 'c.txt': Buffer.from('a\n\xe9\nb\n', 'latin1') });
  await rejectsWith(
    readTexts({ file: at('c.txt'), column: 'text' }),
    'FORMAT',
    `${at('c.txt')}:2: Byte 0xE9 is not UTF-8. Set \`encoding\`: as windows-1252 the line begins "é".`,
  );
});

test('texts: letters that no tokenizer reads are refused in every format', async () => {
  await rejectsWith(read('a.txt', 'one\ntwo\0\n'), 'FORMAT', `${at('a.txt')}:2: The row contains a NUL character: "two\\0".`);
  await rejectsWith(read('a.jsonl', '{"text": "\\ud83d"}\n'), 'FORMAT', `${at('a.jsonl')}:1: The row has an unpaired surrogate (\\ud83d).`);
});

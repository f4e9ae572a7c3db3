import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { ReaderOptions } from '../../../src/datasets/reader.ts';
import { READERS } from '../../../src/datasets/readers.ts';
import { packageRoot } from '../../../src/home.ts';
import { temporaryFolder } from '../../temporary.ts';
import { readAndFind, readFiles, rejectsWith } from '../support.ts';

const folder = temporaryFolder();

function read(name: string, content: string | Uint8Array, options: ReaderOptions = {}, labelField = 'label') {
  return readFiles({ reader: READERS[path.extname(name).slice(1)]!, folder, files: { [name]: content }, options, labelField });
}
const rows = async (...args: Parameters<typeof read>) =>
  (await read(...args)).map(({ text, labels, split }) => [text, labels.join('+'), split]);

test('csv: quotes hold commas, newlines and quotes; a byte order mark and \\r\\n are no text', async () => {
  const csv = '\ufefflabel,text\r\na,"one, ""two""\r\nthree"\r\n\r\nb,\r\na,last\u0085\u2028';
  assert.deepEqual(await rows('f.csv', csv), [
    ['one, "two"\r\nthree', 'a', 'train'],
    ['', 'b', 'train'],
    ['last\u0085\u2028', 'a', 'train'],
  ]);
});

test('csv: texts are kept as they stand, blanks included; labels are trimmed', async () => {
  assert.deepEqual(await rows('f.csv', 'text,label\n  a  , b \n'), [['  a  ', 'b', 'train']]);
});

test('csv: a missing column is reported with the available ones', async () => {
  await rejectsWith(
    read('f.csv', 'id,txt,label\n1,a,b\n'),
    'OPTION',
    'f.csv: No column "text". Did you mean "txt"? Columns: id, txt, label. Set the text column with `textColumn`.',
  );
  await rejectsWith(
    read('f.csv', 'text,label\na,b\n', {}, 'topic'),
    'OPTION',
    'f.csv: No column "topic". Columns: text, label. Set the label column with `labelColumn`.',
  );
  await rejectsWith(
    read('f.csv', 'text,label\na,b\n', { split: 'part' }),
    'OPTION',
    'f.csv: No column "part". Columns: text, label. Set the split column with `splitColumn`.',
  );
  await rejectsWith(read('f.csv', 'text,text,label\na,b,c\n'), 'FORMAT', 'f.csv:1: Duplicate column "text". Rename one of them.');
});

test('csv: errors show the first of many columns, and the beginning of a long cell', async () => {
  const header = Array.from({ length: 25 }, (_, i) => `c${i}`);
  await rejectsWith(
    read('f.csv', `${header.join()}\n`),
    'OPTION',
    `f.csv: No column "text". Columns: ${header.slice(0, 20).join(', ')}, and 5 more. Set the text column with \`textColumn\`.`,
  );
  await rejectsWith(
    read('f.csv', `text,label,part\na,b,${'long '.repeat(20)}\n`, { split: 'part' }),
    'FORMAT',
    `f.csv:2: Column "part" is "${'long '.repeat(12)}…", not a split. Splits are train, dev (or validation, valid, val, eval) and ` +
      'test. `skipInvalid` skips it.',
  );
});

test('csv: a row of another length has the line it begins on', async () => {
  await rejectsWith(
    read('f.csv', 'text,label\n"a\r\nb",c\r\n\nd,e,f\n'),
    'FORMAT',
    'f.csv:5: The row has 3 fields, the header has 2. Quote fields that contain a comma. `skipInvalid` skips it.',
  );
  await rejectsWith(
    read('f.csv', 'text,label\na\n'),
    'FORMAT',
    'f.csv:2: The row has 1 field, the header has 2. Quote fields that contain a comma. `skipInvalid` skips it.',
  );
});

test('csv: quotes that do not match have the line they begin on', async () => {
  await rejectsWith(read('f.csv', 'text,label\na,b\n"c,d\ne,f\n'), 'FORMAT', 'f.csv:3: A quote opened in this row is never closed.');
  await rejectsWith(
    read('f.csv', 'text,label\na,b\n"c"x,d\n'),
    'FORMAT',
    'f.csv:3: The row has an unescaped quote inside a field. Put the field in quotes and double the quotes inside.',
  );
  await rejectsWith(
    read('f.csv', 'text,label\na,b\nc "d",e\n'),
    'FORMAT',
    'f.csv:3: The row has an unescaped quote inside a field. Put the field in quotes and double the quotes inside.',
  );
});

test('csv: empty labels and bad bytes have their line, an empty text is legal', async () => {
  await rejectsWith(read('f.csv', 'text,label\na,b\nc,\n'), 'FORMAT', 'f.csv:3: The label is empty. `skipInvalid` skips it.');
  await rejectsWith(read('f.csv', 'text,label\na,b\nc," "\n'), 'FORMAT', 'f.csv:3: The label is empty. `skipInvalid` skips it.');
  await rejectsWith(
    read('f.csv', Buffer.from('text,label\na,b\nd\xe9,e\n', 'latin1')),
    'FORMAT',
    'f.csv:3: Byte 0xE9 is not UTF-8. Set its encoding with `encoding`: as windows-1252 the line begins "dé,e". `skipInvalid` skips ' +
      'it.',
  );
  assert.deepEqual(await rows('f.csv', 'text,label\n,b\n'), [['', 'b', 'train']]);
});

test('csv: splits by their many names; another word is refused', async () => {
  const words = ['train', 'dev', 'validation', 'valid', 'val', 'test', ' TRAIN '];
  const csv = `text,label,part\n${words.map((word) => `a,b,${word}\n`).join('')}`;
  assert.deepEqual(
    (await rows('f.csv', csv, { split: 'part' })).map((row) => row[2]),
    ['train', 'dev', 'dev', 'dev', 'dev', 'test', 'train'],
  );
  await rejectsWith(
    read('f.csv', 'text,label,part\na,b,train\na,b,other\n', { split: 'part' }),
    'FORMAT',
    'f.csv:3: Column "part" is "other", not a split. Splits are train, dev (or validation, valid, val, eval) and test. `skipInvalid` ' +
      'skips it.',
  );
});

test('csv: eval as a split is dev, and said', async () => {
  const { examples, notes } = await readAndFind({
    reader: READERS['csv']!,
    folder,
    files: { 'f.csv': 'text,label,part\na,b,train\na,b,eval\na,b,eval\n' },
    options: { split: 'part' },
  });
  assert.deepEqual(
    [examples.map(({ split }) => split), notes],
    [['train', 'dev', 'dev'], ['Rows of split "eval" are read as dev (Hugging Face datasets reads it as test).']],
  );
});

test('csv: a label separator makes several labels', async () => {
  assert.deepEqual(await rows('f.csv', 'text,label\na,x;y\nb,x\n', { labelSeparator: ';' }), [
    ['a', 'x+y', 'train'],
    ['b', 'x', 'train'],
  ]);
  assert.deepEqual(await rows('f.csv', 'text,label\na,x;y\n'), [['a', 'x;y', 'train']]);
  await rejectsWith(
    read('f.csv', 'text,label\na,x;\n', { labelSeparator: ';' }),
    'FORMAT',
    'f.csv:2: The label is empty. `skipInvalid` skips it.',
  );
  await rejectsWith(
    read('f.csv', 'text,label\na,xy\n', { labelSeparator: '' }),
    'OPTION',
    '`labelSeparator`: It is empty: every character would be a label. Omit it if every text has one label.',
  );
});

test('csv: rows across blocks are whole, and lines count on', async () => {
  const text = `"${'word, '.repeat(50)}\n"`;
  const csv = `text,label\n${`${text},a\n`.repeat(8000)}`;
  const examples = await read('f.csv', csv);
  assert.equal(examples.length, 8000);
  assert.ok(examples.every((example) => example.text === `${'word, '.repeat(50)}\n`));
  await rejectsWith(
    read('f.csv', `${csv}x\n`),
    'FORMAT',
    'f.csv:16002: The row has 1 field, the header has 2. Quote fields that contain a comma. `skipInvalid` skips it.',
  );
});

test('tsv: a quote is text; a row of another length is refused', async () => {
  assert.deepEqual(await rows('f.tsv', 'text\tlabel\r\n"a" b\tx\r\n"\ty\n\n'), [
    ['"a" b', 'x', 'train'],
    ['"', 'y', 'train'],
  ]);
  await rejectsWith(
    read('f.tsv', 'text\tlabel\na\tb\tc\n'),
    'FORMAT',
    'f.tsv:2: The row has 3 fields, the header has 2. For texts with tabs or newlines use CSV with quotes. `skipInvalid` skips it.',
  );
  await rejectsWith(
    read('f.tsv', 'txt\tlabel\na\tb\n'),
    'OPTION',
    'f.tsv: No column "text". Did you mean "txt"? Columns: txt, label. Set the text column with `textColumn`.',
  );
});

test('jsonl: labels as texts, numbers, truth values and lists', async () => {
  const lines = [
    { text: 'a\nb', label: 'x' },
    { text: '', label: 3 },
    { text: 'c', label: false },
    { text: 'd', label: ['x', 'y'] },
  ].map((row) => JSON.stringify(row));
  assert.deepEqual(await rows('f.jsonl', `\ufeff${lines.join('\r\n')}\r\n\r\n`), [
    ['a\nb', 'x', 'train'],
    ['', '3', 'train'],
    ['c', 'false', 'train'],
    ['d', 'x+y', 'train'],
  ]);
});

const wrong = (line: string, code: 'FORMAT', message: string) =>
  rejectsWith(read('f.jsonl', `{"text": "a", "label": "b"}\n${line}\n`), code, message);

test('jsonl: wrong lines have their number', async () => {
  await wrong(
    '{"text": }',
    'FORMAT',
    'f.jsonl:2: The line is not JSON: Unexpected token \'}\', "{"text": }" is not valid JSON. `skipInvalid` skips it.',
  );
  await wrong('["a"]', 'FORMAT', 'f.jsonl:2: The line is not a JSON object. `skipInvalid` skips it.');
  await wrong('{"txt": "a", "label": "b"}', 'FORMAT', 'f.jsonl:2: No "text" field. `skipInvalid` skips it.');
  await rejectsWith(
    read('f.jsonl', '\n{"txt": "a", "label": "b"}\n'),
    'OPTION',
    'f.jsonl:2: No column "text". Did you mean "txt"? Columns: txt, label. Set the text column with `textColumn`.',
  );
  await wrong('{"text": null, "label": "b"}', 'FORMAT', 'f.jsonl:2: Column "text" is null, not a text. `skipInvalid` skips it.');
  await wrong('{"text": 1, "label": "b"}', 'FORMAT', 'f.jsonl:2: Column "text" is the number 1, not a text. `skipInvalid` skips it.');
  await wrong('{"text": "a", "label": {}}', 'FORMAT', 'f.jsonl:2: Column "label" is an object, not a label. `skipInvalid` skips it.');
  await wrong('{"text": "a", "label": []}', 'FORMAT', 'f.jsonl:2: The label is empty. `skipInvalid` skips it.');
  await wrong('{"text": "a", "label": ["b", ""]}', 'FORMAT', 'f.jsonl:2: The label is empty. `skipInvalid` skips it.');
  await wrong('{"text": "a", "label": ["b", null]}', 'FORMAT', 'f.jsonl:2: Column "label" is null, not a label. `skipInvalid` skips it.');
});

const fixture = (name: string) => readFileSync(path.join(packageRoot(), 'test', 'datasets', 'fixtures', name));

test('parquet: texts, whole numbers, lists and splits, across row groups', async () => {
  const bytes = fixture('questions.parquet');
  const texts = ['Who ?', 'Where\nis it ?', '', 'café \u0085 \u2028'];
  const labels = async (column: string) =>
    (await read('f.parquet', bytes, { text: 'question' }, column)).map((example) => example.labels.join('+'));
  assert.deepEqual(
    (await read('f.parquet', bytes, { text: 'question', split: 'part' }, 'topic')).map(({ text, split }) => [text, split]),
    texts.map((text, i) => [text, ['train', 'dev', 'test', 'train'][i]]),
  );
  assert.deepEqual(await labels('topic'), ['HUM', 'LOC', 'HUM', 'LOC']);
  assert.deepEqual(await labels('number'), ['1', '10', '2', '1']);
  assert.deepEqual(await labels('tags'), ['a+b', 'b', 'c', 'a+c+b']);
});

test('parquet: wrong columns, nulls, bad bytes, no Parquet at all', async () => {
  await rejectsWith(
    read('f.parquet', fixture('questions.parquet'), { text: 'questions' }, 'topic'),
    'OPTION',
    'f.parquet: No column "questions". Did you mean "question"? Columns: question, topic, tags, number, part. Set the text column with `textColumn`.',
  );
  await rejectsWith(
    read('f.parquet', fixture('null.parquet')),
    'FORMAT',
    'f.parquet: row 2: Column "text" is null, not a text. `skipInvalid` skips it.',
  );
  await rejectsWith(
    read('f.parquet', fixture('null.parquet'), {}, 'empty'),
    'FORMAT',
    'f.parquet: 2 of 2 rows are invalid: row 1 (The label is empty), row 2 (Column "text" is null, not a text). `skipInvalid` skips ' +
      'them.',
  );
  await rejectsWith(
    read('f.parquet', fixture('not-utf8.parquet')),
    'FORMAT',
    'f.parquet: row 2: The row contains bytes that are not UTF-8. `skipInvalid` skips it.',
  );
  await rejectsWith(
    read('f.parquet', 'text,label\na,b\n'),
    'FORMAT',
    'f.parquet: The Parquet file cannot be read: it does not end with "PAR1".',
  );
  await assert.rejects(read('f.parquet', fixture('questions.parquet').subarray(100), { text: 'question' }, 'topic'), {
    name: 'HarnessError',
    code: 'FORMAT',
  });
});

test('csv: all rows of another length are counted, however many, without an error of each', async (t) => {
  const count = 200_000;
  // The parser's errors get their stack from this, which would take time and memory.
  const made = t.mock.method(Error, 'captureStackTrace');
  await rejectsWith(
    read('f.csv', `text,label\n${'x\n'.repeat(count)}`),
    'FORMAT',
    `f.csv: ${count} of ${count} rows are invalid: ` +
      `${[2, 3, 4].map((line) => `line ${line} (The row has 1 field, the header has 2)`).join(', ')}, and ${count - 3} more. Quote ` +
      'fields that contain a comma. `skipInvalid` skips them.',
  );
  assert.ok(made.mock.callCount() < 100, `${made.mock.callCount()} errors were made`);
});

test('tables: letters that no tokenizer reads are refused in every format, in texts and in labels', async () => {
  const skip = '`skipInvalid` skips it.';
  await rejectsWith(
    read('f.jsonl', '{"text": "a\\u0000b", "label": "x"}\n'),
    'FORMAT',
    `f.jsonl:1: The row contains a NUL character: "a\\0b". ${skip}`,
  );
  await rejectsWith(
    read('f.jsonl', '{"text": "a", "label": "x\\u0000y"}\n'),
    'FORMAT',
    `f.jsonl:1: The row contains a NUL character: "x\\0y". ${skip}`,
  );
  await rejectsWith(
    read('f.csv', 'text,label\na\0b,x\n'),
    'FORMAT',
    `f.csv:2: The row contains a NUL character: "a\\0b". Check \`encoding\`. ${skip}`,
  );
  await rejectsWith(
    read('f.jsonl', '{"text": "a\\ud83d b", "label": "x"}\n'),
    'FORMAT',
    `f.jsonl:1: The row has an unpaired surrogate (\\ud83d). ${skip}`,
  );
  await rejectsWith(
    read('f.json', '[{"text": "a", "label": ["x", "\\ude00"]}]'),
    'FORMAT',
    `f.json: record 1: The row has an unpaired surrogate (\\ude00). ${skip}`,
  );
  assert.deepEqual(await rows('f.jsonl', '{"text": "\\ud83d\\ude00", "label": "x"}\n'), [['😀', 'x', 'train']]);
});

test('tables: a name that several columns have but for blanks is ambiguous, unless one has it as it stands', async () => {
  const twice = 'Duplicate column "label". Rename one of them.';
  await rejectsWith(read('f.csv', 'text,label ,\u00a0label\na,b,c\n'), 'FORMAT', `f.csv:1: ${twice}`);
  await rejectsWith(read('f.jsonl', '{"text": "a", "label ": "b", " label": "c"}\n'), 'FORMAT', `f.jsonl:1: ${twice}`);
  await rejectsWith(
    read('f.json', '{"text": ["a"], "label ": ["b"], " label": ["c"]}'),
    'FORMAT',
    'f.json: Duplicate column "label". Write a list of objects, or JSON lines (.jsonl).',
  );
  assert.deepEqual(await rows('f.csv', 'text,label ,label\na,b,c\n'), [['a', 'c', 'train']]);
});

test('tables: one column for two things is refused', async () => {
  await rejectsWith(
    read('f.csv', 'text,label\na,b\n', {}, 'text'),
    'OPTION',
    `\`labelColumn\`: Column "text" is also the text's. Name another one.`,
  );
  await rejectsWith(
    read('f.jsonl', '{"text": "a", "label": "train"}\n', { split: 'label ' }),
    'OPTION',
    `\`splitColumn\`: Column "label " is also the label's. Name another one.`,
  );
});

test('tables: a file without a row that is used is said', async () => {
  const files = { 'a.csv': 'text,label\none,x\ntwo,y\n', 'b.csv': 'text,label\n', 'c.csv': '', 'd.csv': 'text,label\nthree,\n' };
  const { examples, notes } = await readAndFind({ reader: READERS['csv']!, folder, files, skipInvalid: true });
  assert.equal(examples.length, 2);
  assert.deepEqual(notes, [
    'b.csv, c.csv: It has no rows.',
    'd.csv: None of its rows is valid.',
    '1 of 3 rows skipped (1 without a valid label): d.csv:2 (The label is empty).',
  ]);
  const json = await readAndFind({
    reader: READERS['json']!,
    folder,
    files: { 'f.json': '{"train": {"text": ["a"], "label": ["x"]}, "test": {"text": [], "label": []}}' },
  });
  assert.deepEqual(json.notes, ['f.json: Its test split has no rows.']);
});

test('csv: JSON, and an XML document, under its name are called so', async () => {
  const what = 'This is JSON, not a table with a header. Rename it to .jsonl (one object per line) or .json.';
  for (const content of ['{"text": "a", "label": "b"}\n', '[{"text": "a"}]', ' [\n {']) {
    await rejectsWith(read('f.csv', content), 'FORMAT', `f.csv: ${what}`);
  }
  await rejectsWith(
    read('f.csv', '<?xml version="1.0"?><Error/>'),
    'FORMAT',
    'f.csv: It is an XML document, not a table. If ' +
      'it is an error message, download the file again; if it is the data, save it as CSV.',
  );
  assert.deepEqual(await rows('f.csv', '[id],text,label\n1,a,b\n'), [['a', 'b', 'train']]);
});

import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { TokenDataset } from '../../src/datasets/dataset.ts';
import { loadDataset, type LoadParams } from '../../src/datasets/load.ts';
import { withTags } from '../../src/datasets/task.ts';
import type { FileSpec } from '../../src/datasets/user-file.ts';
import { packageRoot } from '../../src/home.ts';
import { temporaryFolder } from '../temporary.ts';
import { rejectsWith, writeFiles } from './support.ts';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);
const jsonl = (...rows: unknown[]) => rows.map((each) => `${JSON.stringify(each)}\n`).join('');
copyFileSync(path.join(packageRoot(), 'test', 'datasets', 'fixtures', 'words.parquet'), at('words.parquet'));

type More = Partial<LoadParams> & { readonly columns?: Omit<FileSpec, 'path'> };
const open = (name: string, { columns, ...rest }: More = {}) =>
  loadDataset({ file: { path: at(name), ...columns }, labels: 'first', seed: 1, ...rest } as LoadParams);

async function load(name: string, content: string, more: More = {}): Promise<TokenDataset> {
  writeFiles(folder, { [name]: content });
  return withTags(await open(name, more), 'The spec');
}

const sentences = ({ words, tags, starts, classes }: TokenDataset) =>
  words.map((each, i) => each.map((word, j) => `${word}/${classes[tags[starts[i]! + j]!]}`).join(' '));

const FOUND = 'Texts are lists of words and labels are lists of tags: read as token classification.';
const ROWS = [
  { text: ['EU', 'rejects'], label: ['B-ORG', 'O'] },
  { text: ['New York', ''], label: ['B-LOC', 'O'] },
];

test('lists of words and of tags: found out and said, or asked for', async () => {
  const expected = ['EU/B-ORG rejects/O', 'New York/B-LOC /O'];
  const found = await load('a.jsonl', jsonl(...ROWS));
  assert.deepEqual([sentences(found), found.notes], [expected, [`${at('a.jsonl')}: ${FOUND}`]]);
  const asked = await load('a.jsonl', jsonl(...ROWS), { task: 'token-classification' });
  assert.deepEqual([sentences(asked), asked.notes, asked.hash], [expected, [], found.hash]);
  assert.deepEqual(sentences(await load('a.json', JSON.stringify({ train: ROWS, test: [{ text: ['x'], label: ['O'] }] }))), [
    ...expected,
    'x/O',
  ]);
  const named = jsonl({ tokens: ['a', 'b'], ner: ['O', 'X'], part: 'test' });
  const { split } = await load('n.jsonl', named, { columns: { textColumn: 'tokens', labelColumn: 'ner', splitColumn: 'part' } });
  assert.deepEqual([...split], [2]);
});

test('lists of words and of tags: numbers are classes, tags are trimmed, and none is lost where some are alike', async () => {
  const tagged = async (...label: unknown[]) =>
    load('n.jsonl', jsonl({ text: ['a', 'b', 'c'], label }, { text: ['d'], label: [label[0]] }));
  const numbers = await tagged(0, 10, 2);
  assert.deepEqual(
    [sentences(numbers), numbers.classes],
    [
      ['a/0 b/10 c/2', 'd/0'],
      ['0', '2', '10'],
    ],
  );
  assert.deepEqual(sentences(await tagged('1.0', 1, '2')), ['a/1 b/1 c/2', 'd/1']);
  assert.deepEqual(sentences(await tagged(true, 'True', false)), ['a/true b/true c/false', 'd/true']);
  const { notes, classes } = await load('n.jsonl', jsonl({ text: ['a', 'b'], label: [' X', 'X\u00a0'] }, { text: ['c'], label: ['Y'] }));
  assert.deepEqual(classes, ['X', 'Y']);
  assert.match(notes!.join('\n'), /Whitespace was trimmed from 2 labels\./);
});

async function read(labelColumn: string): Promise<TokenDataset> {
  return withTags(await open('words.parquet', { columns: { textColumn: 'tokens', labelColumn, splitColumn: 'part' } }), 'The spec');
}

function refusesOption(name: string, message: string, more: More): Promise<void> {
  return rejectsWith(open(name, more), 'OPTION', message);
}

test('lists of words and of tags: Parquet, with the names of its classes', async () => {
  const ner = await read('ner');
  assert.deepEqual(sentences(ner), ['Angela/B-PER Merkel/I-PER spoke/O', '"/O /O', 'New York/B-PER is/O \ufe0f/O']);
  assert.deepEqual([...ner.split], [0, 1, 2]);
  assert.ok(ner.notes!.includes('1 sentence without words left out.'), ner.notes!.join('\n'));
  assert.ok(ner.notes!.some((note) => note.includes('The classes of column "ner" are named in the file metadata: O, B-PER, I-PER.')));
  assert.deepEqual(sentences(await read('numbers'))[0], 'Angela/7 Merkel/2 spoke/0');
  assert.deepEqual(sentences(await read('words'))[0], 'Angela/B Merkel/I spoke/O');
  await assert.rejects(read('missing'), { message: /words\.parquet: row 1: The label is -1, which means unlabelled\./ });
});

test('lists of words and of tags: unusable rows are reported with their lines, and skipped on request', async () => {
  const good = jsonl(...ROWS);
  const refuses = async (bad: unknown, message: string) =>
    rejectsWith(load('b.jsonl', good + jsonl(bad)), 'FORMAT', `${at('b.jsonl')}:3: ${message} \`skipInvalid\` skips it.`);
  await refuses({ text: ['a', 'b'], label: ['O'] }, 'The row has 2 words and 1 tag.');
  await refuses({ text: [], label: ['O'] }, 'The row has 0 words and 1 tag.');
  await refuses({ text: 'a b', label: ['O', 'O'] }, 'Column "text" is "a b", not a list of words.');
  await refuses({ text: ['a'], label: 'O' }, 'Column "label" is "O", not a list of tags.');
  await refuses({ text: ['a', 3], label: ['O', 'O'] }, 'Word 2 is the number 3, not a string.');
  await refuses({ text: ['a', 'b'], label: ['O', null] }, 'The tag of word 2 is null, not a label.');
  await refuses({ text: ['a', 'b'], label: ['O', ' '] }, 'The tag of word 2 is empty.');
  for (const none of [-1, -100]) {
    await refuses({ text: ['a'], label: [none] }, `The tag of word 1 is ${none}, which means none. Remove such words, or tag them.`);
  }
  await refuses({ text: ['a\0'], label: ['O'] }, 'The row contains a NUL character: "a\\0".');
  await refuses({ text: ['a', '\ud83d'], label: ['O', 'O'] }, 'The row has an unpaired surrogate (\\ud83d).');
  const bad = jsonl({ text: ['a'], label: [] }, { text: [], label: [] }, { text: ['a'], label: [-100] });
  const { texts, notes } = await load('b.jsonl', good + bad, { columns: { skipInvalid: true } });
  assert.equal(texts.length, 2);
  assert.match(notes!.join('\n'), /1 sentence without words left out\./);
  assert.match(notes!.join('\n'), /2 of 4 rows skipped \(1 with different numbers of tags and words, 1 with an untagged word\): line 3 /);
});

test('lists of words and of tags: what else is asked for is refused in one line', async () => {
  writeFiles(folder, { 'w.jsonl': jsonl(...ROWS), 't.jsonl': jsonl({ text: 'a', label: 'x' }, { text: 'b', label: 'y' }) });
  const w = at('w.jsonl');
  for (const task of ['classification', 'regression'] as const) {
    await refusesOption(
      'w.jsonl',
      `\`task\`: ${w}:1 has lists of words in column "text" and of tags in "label": token classification. Omit it, or set other columns with ` +
        '`textColumn` and `labelColumn`.',
      { task },
    );
  }
  await refusesOption(
    't.jsonl',
    `\`task\`: ${at('t.jsonl')}:1 has a string in column "text", not a list of words. Set the word and tag columns with \`textColumn\` and \`labelColumn\`, or omit it.`,
    { task: 'token-classification' },
  );
  await refusesOption('w.jsonl', `\`labelSeparator\`: ${w}:1 has a list of words in column "text": each word has one tag. Omit it.`, {
    columns: { labelSeparator: '|' },
  });
  writeFiles(folder, { 'p.jsonl': jsonl({ ...ROWS[0], other: ['x'] }, { ...ROWS[1], other: ['y'] }) });
  await refusesOption(
    'p.jsonl',
    `\`textPairColumn\`: ${at('p.jsonl')}:1 has a list of words in column "text": tagged sentences are not pairs. Omit it.`,
    { columns: { textPairColumn: 'other' } },
  );
  await rejectsWith(
    load('o.jsonl', jsonl({ text: ['a'], label: ['O'] }, { text: ['b'], label: ['O'] })),
    'DATA',
    'o: All 2 words have the tag "O". At least two tags are required.',
  );
});

test('lists of words and of tags: texts with lists of labels are classes as before', async () => {
  writeFiles(folder, { 'c.jsonl': jsonl({ text: 'a', label: ['x', 'y'] }, { text: 'b', label: ['z'] }) });
  assert.equal((await open('c.jsonl')).task, 'classification');
});

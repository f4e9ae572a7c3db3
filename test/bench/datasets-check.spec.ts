import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { command } from '../../bench/commands/datasets.ts';
import type { Terminal } from '../../bench/command-module.ts';
import { HarnessError } from '../../src/errors.ts';
import { writeFiles } from '../datasets/support.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);

const stream = (take: (text: string) => void) => ({ write: take, isTTY: false }) as unknown as NodeJS.WriteStream;

async function datasets(words: readonly string[], flags: Readonly<Record<string, unknown>> = {}): Promise<string> {
  let out = '';
  const terminal: Terminal = {
    out: stream((text) => (out += text)),
    err: stream(() => undefined),
    typed: [],
    width: undefined,
    color: false,
  };
  const defaults = Object.fromEntries(Object.entries(command.options).map(([name, option]) => [name, option.default as unknown]));
  assert.equal(await command.run({ ...defaults, cache: at('cache'), offline: true, ...flags, _: [...words] }, terminal), 0);
  return out;
}

const rows = Array.from({ length: 20 }, (_, i) => `what is ${i},${'ab'[i % 2]}`);
writeFiles(folder, {
  'own.csv': `text,label\n${rows.join('\n')}\n`,
  'leak/train.csv': `text,label\n${rows.join('\n')}\n`,
  'leak/test.csv': `text,label\n${rows.slice(0, 5).join('\n')}\nnew,c\n`,
  'one.csv': 'text,label\nx,a\ny,a\n',
});

test('datasets check: human-readable output, for a file or a folder, named by flag or not', async () => {
  const lines =
    'own: 20 texts, 2 classes: a (10), b (10); majority baseline 50.00% (a).\nown: no empty texts, no duplicates.\nown: longest text ' +
    '10 characters, 3 words.\n';
  assert.equal(await datasets(['check', at('own.csv')]), lines);
  assert.equal(await datasets(['check'], { dataset: [at('own.csv')] }), lines);
  const both = await datasets(['check', at('leak')], { dataset: [at('own.csv')] });
  assert.ok(both.startsWith(lines));
  assert.match(
    both,
    /\nleak: 5 of 6 texts of test \(83\.33%\) are also in train \(leakage\)\.\nleak: test has 1 class that train lacks: c \(1\)\. /,
  );
});

test('datasets check: a row for each dataset, with what to look at as notes', async () => {
  const envelope = async (words: readonly string[], flags: Readonly<Record<string, unknown>> = {}) =>
    JSON.parse(await datasets(['check', ...words], { format: 'json', ...flags })) as { rows: Record<string, unknown>[]; notes: string[] };
  const {
    rows: [one],
    notes,
  } = await envelope([at('leak')]);
  assert.deepEqual([one!['texts'], one!['duplicates'], one!['test_in_train'], one!['dev_in_train']], [26, 5, 5, null]);
  assert.deepEqual(
    notes,
    (one!['notes'] as string[]).map((finding) => `leak: ${finding}`),
  );
  assert.ok(notes.includes('leak: 5 of 6 texts of test (83.33%) are also in train (leakage).'));
  const several = await envelope([at('leak'), at('own.csv')], { deduplicate: true });
  assert.deepEqual(
    several.rows.map(({ texts, sample, test_in_train: leaked }) => [texts, sample, leaked]),
    [
      [21, 'deduplicated 21 of 26', 0],
      [20, null, null],
    ],
  );
  assert.match(
    await datasets(['check', at('leak')], { format: 'csv' }),
    /^dataset,label_field,task,sample,texts,train,dev,test,classes,words,.*\nleak,label,classification,,26,20,0,6,3,,,,,,,,,,,,,a,/,
  );
  assert.match(await datasets(['check', at('leak')], { format: 'markdown' }), /^\| dataset \| label\\_field|^\| dataset \| label_field/);
});

test('datasets check: texts that encoders truncate', async () => {
  const model = writeTinyEncoder(at('tiny'));
  assert.match(
    await datasets(['check', at('own.csv')], { model: [model], 'max-length': 4 }),
    /; truncated texts: \d+ of 20 \(\d+\.00%\) by tiny \(4 tokens\)\.\n/,
  );
});

test('datasets check: tagged sentences, those that encoders truncate, and their words behind the limit', async () => {
  const model = writeTinyEncoder(at('tiny'));
  // Words of one token each, but "cat" of three: c ##a ##t. Six tokens with the special ones are four of words.
  const sentences = ['what is the ?', 'who is the ? . what', 'a cat is the', 'cat cat'].map((text) => text.split(' '));
  writeFileSync(
    at('tags.conll'),
    sentences.map((words) => words.map((word, i) => `${word} ${i === 0 ? 'B-x' : 'O'}\n`).join('')).join('\n'),
  );
  const out = await datasets(['check', at('tags.conll')], { model: [model], 'max-length': 6 });
  assert.equal(
    out,
    'tags: 4 sentences, 16 words, 2 tags: O (12), B-x (4); scheme IOB2, 4 spans; always O has accuracy 75.00% and micro-F1 0.00% without O.\n' +
      'tags: no empty sentences, no duplicates.\n' +
      'tags: longest sentence 6 words; truncated sentences: 3 of 4 (75.00%) by tiny (6 tokens, 4 words cut off).\n',
  );
  const json = JSON.parse(await datasets(['check', at('tags.conll')], { model: [model], 'max-length': 6, format: 'json' })) as {
    rows: Record<string, unknown>[];
  };
  assert.deepEqual(
    [json.rows[0]!['task'], json.rows[0]!['tag_scheme'], json.rows[0]!['truncated_words']],
    ['token-classification', 'IOB2', 4],
  );
  await assert.rejects(datasets(['check', at('tags.conll')], { 'label-column': '3' }), {
    code: 'FORMAT',
    message: `${at('tags.conll')}:1: No column 3: the line has 2. Columns are counted from 1: set the word column with \`textColumn\` and the tag column with \`labelColumn\`.`,
  });
});

test('datasets check: what cannot be scored can be looked at', async () => {
  assert.match(await datasets(['check', at('one.csv')]), /\none: All texts are of one class, a: at least two classes are required\.\n/);
});

test('datasets check: a mistake is one line', async () => {
  const refuses = (words: readonly string[], flags: Readonly<Record<string, unknown>>, message: string) =>
    assert.rejects(datasets(words, flags), (error) => error instanceof HarnessError && assert.equal(error.message, message) === undefined);
  await refuses(['check'], {}, '--dataset: No dataset is named. Name a file or a registry key: bench datasets check trec6.');
  await refuses(
    ['check', 'trec6'],
    { check: true },
    '--check: It checks that sources respond; `datasets check` reads the data. Omit one of them.',
  );
  await refuses([], { dataset: ['x.csv'] }, '--dataset: It belongs to `bench datasets check`. Add check, or omit it.');
  await refuses(['trec6'], { deduplicate: true }, '--deduplicate: It belongs to `bench datasets check`. Add check, or omit it.');
  writeFileSync(at('bad.csv'), 'text,label\nx\n');
  await assert.rejects(datasets(['check', at('bad.csv')]), { code: 'FORMAT' });
});

test('datasets check: a registry key', { skip: unlessShared('data', 'trec') }, async () => {
  const {
    rows: [json = {}],
  } = JSON.parse(await datasets(['check', 'trec50'], { format: 'json', mirror: [shared('data')] })) as { rows: Record<string, unknown>[] };
  assert.deepEqual(
    [json['texts'], json['duplicates'], json['duplicates_same_labels'], json['conflicting_texts'], json['test_in_train']],
    [5952, 81, 80, 1, 10],
  );
});

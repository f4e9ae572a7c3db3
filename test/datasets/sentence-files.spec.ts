import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readCorpus } from '../../src/datasets/corpus.ts';
import type { TokenDataset } from '../../src/datasets/dataset.ts';
import { FORMATS_NOTE } from '../../src/datasets/formats.ts';
import { loadDataset, type LoadParams } from '../../src/datasets/load.ts';
import { readTexts } from '../../src/datasets/texts.ts';
import type { FileSpec } from '../../src/datasets/user-file.ts';
import { withTags } from '../../src/datasets/task.ts';
import { temporaryFolder } from '../temporary.ts';
import { rejectsWith, writeFiles } from './support.ts';

const folder = temporaryFolder();
const at = (...names: string[]) => path.join(folder, ...names);

const CONLL = 'EU NNP B-ORG\nrejects VBZ O\n\nGerman JJ B-MISC\ncall NN O\n. . O\n';
const row = (id: number | string, form: string, upos: string, xpos: string) =>
  [id, form, form, upos, xpos, '_', '0', 'dep', '_', '_'].join('\t');
const CONLLU = `# text = Don't go\n${row('1-2', "Don't", '_', '_')}\n${row(1, 'Do', 'AUX', 'VBP')}\n${row(2, "n't", 'PART', 'RB')}\n${row(3, 'go', 'VERB', 'VB')}\n\n`;

type More = Partial<LoadParams> & { readonly columns?: Omit<FileSpec, 'path'> };

/** A dataset of one file, or of the folder that its name begins with. */
async function load(files: Readonly<Record<string, string | Uint8Array>>, more: More = {}): Promise<TokenDataset> {
  const { columns: given, ...rest } = more;
  writeFiles(folder, files);
  const [name] = Object.keys(files) as [string];
  const spec = { path: at(name.split('/')[0]!), ...given };
  return withTags(await loadDataset({ file: spec, labels: 'first', seed: 1, ...rest } as LoadParams), 'The spec');
}

/** `word/tag` of each word, one text per sentence. */
const sentences = ({ words, tags, starts, classes }: TokenDataset) =>
  words.map((each, i) => each.map((word, j) => `${word}/${classes[tags[starts[i]! + j]!]}`).join(' '));

test('tagged sentences: by the endings that people give them, words and tags in columns', async () => {
  const expected = ['EU/B-ORG rejects/O', 'German/B-MISC call/O ./O'];
  for (const ending of ['conll', 'CONLL', 'conll2003', 'bio', 'iob', 'iob2', 'bioes', 'bilou', 'tags', 'test.annotated']) {
    const dataset = await load({ [`f.${ending}`]: CONLL });
    assert.deepEqual([sentences(dataset), dataset.labelField, dataset.task], [expected, 'label', 'token-classification'], ending);
    assert.deepEqual(dataset.texts, ['EU rejects', 'German call .']);
  }
  for (const name of ['f.txt', 'f.tsv', 'eng.testa', 'noending']) {
    assert.deepEqual(sentences(await load({ [name]: CONLL }, { task: 'token-classification' })), expected, name);
  }
  assert.deepEqual(sentences(await load({ 'f.conll.gz': gzipSync(CONLL) })), expected);
  assert.deepEqual(sentences(await load({ 'f.conll': Buffer.from(`\ufeff${CONLL.replaceAll('\n', '\r\n')}`, 'utf16le') })), expected);
  assert.deepEqual(
    sentences(await load({ 'l.conll': Buffer.from('caf\xe9 O\nParis B-LOC\n', 'latin1') }, { columns: { encoding: 'latin1' } })),
    ['café/O Paris/B-LOC'],
  );
});

async function columns(labelColumn: string, textColumn?: string): Promise<string | undefined> {
  return sentences(await load({ 'c.conll': CONLL }, { columns: { labelColumn, textColumn } }))[0];
}

async function conllu(labelColumn?: string): Promise<unknown> {
  const dataset = await load({ 'c.conllu': CONLLU }, { columns: { labelColumn } });
  return [sentences(dataset)[0], dataset.labelField];
}

test('tagged sentences: columns by number, from 1; of CoNLL-U by name or number', async () => {
  assert.equal(await columns('2'), 'EU/NNP rejects/VBZ');
  assert.equal(await columns('label'), 'EU/B-ORG rejects/O', 'the name that results give the last column');
  assert.equal(await columns('1', '2'), 'NNP/EU VBZ/rejects');
  assert.deepEqual(await conllu(), ["Do/AUX n't/PART go/VERB", 'upos']);
  assert.deepEqual(await conllu('xpos'), ["Do/VBP n't/RB go/VB", 'xpos']);
  assert.deepEqual(await conllu('5'), ["Do/VBP n't/RB go/VB", 'xpos']);
});

test('tagged sentences: a folder of split files', async () => {
  const { texts, split } = await load({
    'many/a-train.conll': CONLL,
    'many/a.dev.conll': 'x O\n',
    'many/emerging.test.annotated': 'y B-ORG\n',
  });
  assert.deepEqual(
    [texts, [...split]],
    [
      ['EU rejects', 'German call .', 'x', 'y'],
      [0, 0, 1, 2],
    ],
  );
  const plain = { 'plain/train.txt': CONLL, 'plain/valid.txt': 'x O\n', 'plain/test.txt': 'y B-ORG\n', 'plain/README.txt': 'About it.' };
  assert.deepEqual([...(await load(plain, { task: 'token-classification' })).split], [0, 0, 1, 2]);
  const universal = await load({ 'ud/en-ud-train.conllu': CONLLU, 'ud/en-ud-test.conllu': CONLLU, 'ud/stats.xml': '<a/>' });
  assert.deepEqual([[...universal.split], universal.notes], [[0, 2], ['Ignored files in the folder: stats.xml.']]);
  // Notes on sentence files.
  const beside = await load({ 'beside/train.conll': CONLL, 'beside/train.txt': 'notes' }, { task: 'token-classification' });
  assert.deepEqual(beside.notes, ['Ignored files in the folder: train.txt.']);
  await assert.rejects(load({ 'both/train.conll': CONLL, 'both/test.conllu': CONLLU }), {
    message: /files of different formats: both|test\.conllu, train\.conll/,
  });
});

test('tagged sentences: a missing requested column gives a one-line error', async () => {
  writeFiles(folder, { 'c.conll': CONLL, 'c.conllu': CONLLU, 'c.csv': 'text,label\na,b\n', 'c.txt': CONLL, 'c.zip': '' });
  const refuses = (name: string, message: string, { columns: given, ...more }: More = {}) =>
    rejectsWith(
      loadDataset({ file: { path: at(name), ...given }, labels: 'first', seed: 1, ...more } as LoadParams),
      message.startsWith(at(name)) && message.includes('No column') ? 'FORMAT' : 'OPTION',
      message,
    );
  const c = at('c.conll');
  await refuses('c.conll', `\`task\`: ${c} has one tag per word, not classes of texts. Omit it, or set it to token-classification.`, {
    task: 'classification',
  });
  await refuses(
    'c.conll',
    `\`task\`: ${c} has one tag per word, not numbers to be predicted. Omit it, or set it to token-classification.`,
    { task: 'regression' },
  );
  await refuses(
    'c.conll',
    `\`labelColumn\`: ${c} has unnamed columns, and "ner" is not a column number. Give a number from 1, or omit it for the last.`,
    { columns: { labelColumn: 'ner' } },
  );
  await refuses(
    'c.conll',
    `\`textColumn\`: ${c} has unnamed columns, and "0" is not a column number. Give a number from 1, or omit it for the first.`,
    { columns: { textColumn: '0' } },
  );
  await refuses(
    'c.conll',
    `${c}:1: No column 4: the line has 3. Columns are counted from 1: set the word column with \`textColumn\` and the tag column with \`labelColumn\`.`,
    { columns: { labelColumn: '4' } },
  );
  for (const name of ['textPairColumn', 'splitColumn', 'labelSeparator', 'delimiter'] as const) {
    await refuses('c.conll', `\`${name}\`: ${c} has tagged words in columns (CoNLL), which do not support this option. Omit it.`, {
      columns: { [name]: '|' },
    });
  }
  const u = at('c.conllu');
  await refuses(
    'c.conllu',
    `\`labelColumn\`: ${u} is CoNLL-U, and "upo" is not a tag column. Did you mean "upos"? Columns: lemma, upos, xpos, feats, head, deprel, deps, misc.`,
    { columns: { labelColumn: 'upo' } },
  );
  await refuses('c.conllu', `\`textColumn\`: The words of ${u} are always in the FORM column. Omit it.`, {
    columns: { textColumn: 'lemma' },
  });
  await refuses(
    'c.csv',
    `\`task\`: ${at('c.csv')} is CSV, which cannot hold lists of words and tags. Use JSON lines with two lists, or one word and its tag per line (.conll).`,
    { task: 'token-classification' },
  );
  const plain = 'Plain text has no columns: write texts and labels as CSV. Tagged words (CoNLL) are read with `task` token-classification.';
  await refuses('c.txt', `${at('c.txt')}: Unsupported format. ${plain} ${FORMATS_NOTE}`);
  await refuses('c.zip', `${at('c.zip')}: Unsupported format. Unpack it. ${FORMATS_NOTE}`, { task: 'token-classification' });
  await rejectsWith(
    readTexts({ file: c, column: 'text' }),
    'OPTION',
    `${c}: It has tagged words, not texts. Give one text per line (.txt), or a table.`,
  );
});

test('tagged sentences: one tag alone is refused, and a file without sentences', async () => {
  await rejectsWith(
    load({ 'one.conll': 'a O\nb O\n\nc O\n' }),
    'DATA',
    'one: All 3 words have the tag "O". At least two tags are required.',
  );
  await rejectsWith(load({ 'none.conll': '\n\t\n# nothing\n' }), 'DATA', `${at('none.conll')}: The dataset has no rows.`);
});

test('tagged sentences: a sentence with a wrong line cannot be used, and is skipped on request', async () => {
  const broken = 'a O\n\nb\nc O\n\nd O\ne O O\nf\n\ng B-x\n';
  await rejectsWith(
    load({ 'w.conll': broken }),
    'FORMAT',
    `${at('w.conll')}: 2 of 4 rows are invalid: line 3 (The line has one column, the first row (line 1) has 2), line 7 (The line has 3 columns, ` +
      'the first row (line 1) has 2). Columns are separated by spaces: words that contain spaces need tabs. `skipInvalid` skips them.',
  );
  const { texts, notes } = await load({ 'w.conll': broken }, { columns: { skipInvalid: true } });
  assert.deepEqual(texts, ['a', 'g']);
  assert.match(notes!.join('\n'), /^2 of 4 rows skipped \(2 with a different number of columns from the first row\): line 3/);
  const skipped = async (name: string, content: string | Uint8Array) =>
    (await load({ [name]: content }, { columns: { skipInvalid: true } })).notes!.join('\n');
  assert.match(await skipped('z.conll', 'a O\n\nb\0 O\n\nc X\n'), /1 of 3 rows skipped \(1 with a NUL character\)/);
  assert.match(
    await skipped('y.conll', Buffer.from('a O\n\ncaf\xe9 O\n\nc X\n', 'latin1')),
    /1 of 3 rows skipped \(1 with bytes that are invalid in the encoding\)/,
  );
  const gap = `${row(1, 'a', 'X', '_')}\n\n${row(1, 'b', 'Y', '_')}\n${row(3, 'c', 'X', '_')}\n${row(4, 'd', 'X', '_')}\n\n${row(1, 'e', 'Z', '_')}\n`;
  assert.match(
    await skipped('g.conllu', gap),
    /1 of 3 rows skipped \(1 with words numbered out of order\): line 4 \(The word has ID "3", expected 2\)/,
  );
  await rejectsWith(load({ 't.conll': 'a\tO\nb\t\n' }), 'FORMAT', `${at('t.conll')}:2: The tag is empty. \`skipInvalid\` skips it.`);
});

test('tagged sentences: samples are of sentences, copies have the same words and tags, `labels` all is said to say nothing', async () => {
  const content = Array.from({ length: 40 }, (_, i) => `w${i} ${i % 2 === 0 ? 'O' : 'B-x'}\nend O\n`).join('\n');
  const part = await load({ 's.conll': content }, { limit: 10, labels: 'multi' });
  assert.equal(part.sample, 'random 10 of 40, seed 1');
  assert.equal(part.starts.length, 11);
  assert.deepEqual(part.notes, ['`labels` all does not apply to tagged words: each word has one tag.']);
  const copies = await load({ 'd.conll': 'a O\nb B-x\n\na O\nb B-x\n\na O\nb O\n' }, { deduplicate: true });
  assert.deepEqual([sentences(copies), copies.sample], [['a/O b/B-x', 'a/O b/O'], 'deduplicated 2 of 3']);
});

test('tagged sentences: files of the hub', async () => {
  writeFiles(folder, { 'h.conll': CONLL, 'h.jsonl': '{"tokens":["a","b"],"ner":[0,1]}\n{"tokens":["c"],"ner":[-1]}\n' });
  const files = {
    format: 'conll',
    delimiter: undefined,
    encoding: undefined,
    classNames: new Map(),
    notes: ['Found.'],
    config: 'default',
    commit: 'c',
  } as const;
  const fetch = () => Promise.resolve({ ...files, files: [{ name: 'org/h/train.conll', split: 'train', path: at('h.conll') } as const] });
  const corpus = await readCorpus({ hub: { key: 'org/h', fetch, labelColumn: '2' } });
  assert.deepEqual([corpus.task, corpus.labelField, corpus.notes], ['token-classification', '2', ['Found.']]);
  assert.deepEqual(corpus.examples[0]!.labels, ['NNP', 'VBZ']);
  await rejectsWith(
    readCorpus({ hub: { key: 'org/h', fetch } }, { task: 'regression' }),
    'OPTION',
    '`task`: org/h is a token-classification dataset and cannot be used for regression. Omit it.',
  );
  // Names of classes as in the card.
  const table = () =>
    Promise.resolve({
      ...files,
      format: 'jsonl',
      classNames: new Map([['ner', ['O', 'B-x']]]),
      files: [{ name: 'train.jsonl', split: 'train', path: at('h.jsonl') } as const],
    } as const);
  const named = await readCorpus({ hub: { key: 'org/h', fetch: table, textColumn: 'tokens', labelColumn: 'ner', skipInvalid: true } });
  assert.deepEqual(
    named.examples.map(({ words, labels }) => [words, labels]),
    [
      [
        ['a', 'b'],
        ['O', 'B-x'],
      ],
    ],
  );
  assert.match(
    named.notes!.join('\n'),
    /1 of 2 rows skipped \(1 without a valid label\): line 2 \(The label is -1, which means unlabelled\)/,
  );
});

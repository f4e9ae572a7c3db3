import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { TAGGED_SENTENCES, writeTagged, type TaggedSentence } from '../experiment/tagged-sentences.ts';
import { ownOracle } from '../oracles.ts';
import { readRows } from '../../src/results/csv.ts';
import { staticFolder } from '../static-oracle.ts';
import { temporaryFolder } from '../temporary.ts';
import { bench, type Outcome } from './bench.ts';

/** Training on tags with ineffective options, and with unusual sentences. */

const root = temporaryFolder();
const place = { cache: path.join(root, 'cache'), cwd: root };
const at = (name: string): string => path.join(root, name);
writeTagged(at('tags.jsonl'));

const SPLITS = ['train', 'train', 'train', 'dev', 'test'] as const;
const NAMES = ['river', 'heron', 'ferry', 'salt'];

interface Made {
  readonly count?: number;
  readonly words: (i: number) => readonly string[];
  readonly tag?: (word: string, at: number, i: number) => string;
}

/** Three of five sentences are of train. */
function made(name: string, { count = 20, words, tag = (word) => (word === 'river' ? 'B-place' : 'O') }: Made): string {
  const sentences = Array.from({ length: count }, (_, i): TaggedSentence => {
    const own = words(i);
    return { words: own, tags: own.map((word, place_) => tag(word, place_, i)), split: SPLITS[i % 5]! };
  });
  writeTagged(at(`${name}.jsonl`), sentences);
  return name;
}

const MODEL = ['--model', `tiny=${ownOracle('roberta')}`];
const two = (i: number): string[] => [NAMES[i % 4]!, NAMES[(i + 1) % 4]!];

let runs = 0;
function finetune(data: string, ...flags: readonly string[]): Promise<Outcome & { readonly out: string; readonly folder: string }> {
  const folder = at(`out-${runs++}`);
  const model = flags.includes('--model') ? [] : MODEL;
  const columns = [
    '--dataset',
    at(`${data}.jsonl`),
    '--text-column',
    'words',
    '--label-column',
    'tags',
    ...(flags.includes('--dev-share') ? [] : ['--split-column', 'split']),
  ];
  const quick = [...(flags.includes('--epochs') ? [] : ['--epochs', '1']), '--threads', '1', '--quiet', '--offline', '--out', folder];
  return bench(['finetune', ...model, ...columns, ...quick, ...flags], place).then((outcome) => ({ ...outcome, folder }));
}

const UNSPLIT = ['--dev-share', '0.1'];

const REFUSED: readonly (readonly [string, string, readonly string[], string])[] = [
  [
    'a pooling of texts',
    'tags',
    ['--pooling', 'cls'],
    '--pooling: Words of tags are represented by their first sub-tokens; cls is a text pooling. Omit it.',
  ],
  [
    'batches balanced by class',
    'tags',
    ['--objective', 'cea', '--balanced'],
    '--balanced: Batches are balanced by class, but batches of tags are sentences, whose words have several tags. Omit it.',
  ],
  [
    'vectors of epochs',
    'tags',
    ['--vectors-at', '0'],
    '--vectors-at: Vectors of epochs are kept for maps of texts, but those of tags are of words. Omit it.',
  ],
  ['several tags a word', 'tags', ['--objective', 'classic', '--multi-label'], '--multi-label: A word of tags has one tag. Omit it.'],
  [
    'numbers learnt from tags',
    'tags',
    ['--objective', 'regression'],
    '--objective: The objective regression needs numbers, but the labels of tags (tags) are tags of words. Use one for classes, such as classic.',
  ],
  [
    'two label fields',
    'tags',
    ['--objective', 'cea-multitask'],
    'tags: Its only label field is tags, but the objective needs two. Give one with --second-label-field, or use another objective.',
  ],
  [
    'companions of a batch',
    'tags',
    ['--objective', 'cea-datapoint-memory'],
    '--objective: The objective cea-datapoint-memory embeds extra texts with each batch, which does not apply to the words of tags. Use cea-memory, which stores vectors.',
  ],
  [
    'one tag alone',
    made('alone', { words: two, tag: () => 'O' }),
    [],
    'alone: All 40 words have the tag "O". At least two tags are required.',
  ],
  [
    'one tag in train',
    made('alone-in-train', { words: two, tag: (_, place_, i) => (i % 5 === 4 && place_ === 0 ? 'B-x' : 'O') }),
    [],
    'alone-in-train: All 24 words to train on have the tags "O", so no word has a negative. Give words of two tags or more.',
  ],
  [
    'fewer sentences than a dev set takes',
    made('few', { count: 3, words: () => ['river', 'heron'] }),
    UNSPLIT,
    'few: It has no test set, and its 3 sentences to train on are too few to cut one of 0.1 of them. Give more sentences, a test set, or change --test-share.',
  ],
  [
    'more neighbours than words of train',
    'tags',
    ['--k', '5000', '--max-length', '32'],
    '--k: k = 5000 is larger than the corpus: the train set of tags has 168 words. Use at most 168.',
  ],
  [
    'words without any vector',
    made('signs', { words: () => ['\uFE0F'], tag: (_, _place, i) => (i % 2 ? 'O' : 'B-x') }),
    ['--model', `tiny=${ownOracle('bert-uncased')}`],
    'signs: tiny has no vectors for any training word: nothing to train on. Use another encoder, or check the words.',
  ],
  [
    'a batch of one sentence, whose objective compares',
    'tags',
    ['--objective', 'cea', '--batch-size', '1'],
    '--batch-size: The objective cea compares texts of a batch; a batch of 1 is too small. Give 2 or more.',
  ],
];

for (const [what, data, flags, message] of REFUSED) {
  test(`finetune tags: ${what}: one line, and nothing is written`, async () => {
    const { status, err, folder } = await finetune(data, ...flags);
    assert.deepEqual([status, err.split('\n').filter((line) => line.startsWith('bench: '))], [2, [`bench: ${message}`]], err);
    assert.ok(!err.includes('    at '), err);
    assert.ok(!existsSync(path.join(folder, 'results.csv')));
  });
}

test('finetune tags: without a train split there is nothing to train on', async () => {
  writeTagged(
    at('untrained.jsonl'),
    TAGGED_SENTENCES.filter(({ split }) => split !== 'train'),
  );
  const { status, err } = await finetune('untrained');
  assert.deepEqual(
    [status, err],
    [2, 'bench: untrained: No train split. Give a dataset with a train split, or a --split-column with the value train.\n'],
  );
});

async function scored(data: string, ...flags: string[]) {
  const { status, err, folder } = await finetune(data, ...flags);
  assert.equal(status, 0, err);
  const { rows } = await readRows(path.join(folder, 'results.csv'));
  return { err, rows, test: rows.find(({ objective, split }) => objective !== '' && split === 'test')! };
}

test('finetune tags: sentences of one word each are learnt by alignment too', async () => {
  made('single', { count: 40, words: (i) => [NAMES[i % 4]!] });
  // The last batch is a single word, which has nothing to be compared with.
  const { test: row } = await scored('single', '--objective', 'cea', '--batch-size', '23');
  assert.deepEqual([row.n, row.protocol, row.words_without_vector], ['8', 'fit-train', '0']);
});

test('finetune tags: words beyond the limit have no vector, which is reported, and get O; a sentence may have no word at all', async () => {
  made('long', { words: (i) => Array.from({ length: 40 }, (_, place_) => NAMES[(i + place_) % 4]!) });
  const long = await scored('long', '--max-length', '8');
  assert.match(
    long.err,
    /^long: tiny has no vector of \d+ of 800 words \(\d+ are beyond its length limit\): they are not used as neighbours, and test words among them get O\.$/m,
  );
  assert.deepEqual([long.test.n, long.test.texts_cut, Number(long.test.words_without_vector) > 100], ['160', '20', true]);
  made('empty', { words: (i) => (i % 4 === 0 ? [] : two(i)) });
  const { err, test: row } = await scored('empty');
  assert.match(err, /^empty: 5 sentences without words left out\.$/m);
  assert.deepEqual([row.n, row.words_without_vector], ['6', '0']);
});

test('finetune tags: words of test without a sub-token are given O, by a head and by neighbours', async () => {
  made('half', {
    words: (i) => (i % 5 < 3 ? [...two(i), '\uFE0F'] : ['\uFE0F']),
    tag: (word, _, i) => (word === '\uFE0F' ? ['O', 'B-x'][i % 2]! : word === 'river' ? 'B-x' : 'O'),
  });
  const { rows } = await scored('half', '--model', `tiny=${ownOracle('bert-uncased')}`);
  for (const row of rows.filter(({ split }) => split === 'test'))
    assert.deepEqual([row.n, row.words_without_vector, row.accuracy], ['4', '4', '50.00']);
});

test('finetune tags: a static encoder has one vector a word, which is trained', async () => {
  const { rows } = await scored('tags', '--model', `table=${staticFolder('model2vec', at('table'))}`);
  assert.equal(rows.filter(({ objective }) => objective === 'classic').length, 3);
});

test('finetune tags: macro-F1 may choose the epoch', async () => {
  const { rows } = await scored('tags', '--best-epoch-by', 'macro', '--epochs', '2');
  const curve = readFileSync(path.join(at(`out-${runs - 1}`), 'training.csv'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const [column, epoch] = [curve[0]!.indexOf('dev_macro_f1'), curve[0]!.indexOf('epoch')];
  const best = curve.slice(2).reduce((a, b) => (Number(b[column]) > Number(a[column]) ? b : a));
  assert.equal(rows.find(({ objective }) => objective !== '')!.epoch, best[epoch]);
});

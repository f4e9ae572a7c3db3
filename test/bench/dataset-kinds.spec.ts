import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { PageData } from '../../src/report/page/data.ts';
import { SAVED_ROWS } from '../classifiers/saved-models.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { bench } from './bench.ts';

/** Pairs, numbers and tags with the commands that do not accept them, or accept fewer options than for classified texts. */

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const at = (name: string): string => path.join(root, name);
const written = (name: string, rows: readonly object[]): string => {
  writeFileSync(at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return at(name);
};
const rows = written('rows.jsonl', SAVED_ROWS);
const tagged = written(
  'tags.jsonl',
  SAVED_ROWS.map(({ a, split }) => {
    const words = a.split(' ');
    return { words, tags: words.map((word) => (word === 'river' ? 'B-LOC' : 'O')), split };
  }),
);

const ENCODER = ['--model', ownOracle('bert-uncased'), '--quiet', '--offline', '--threads', '1'];
const COMMON = ['--dataset', rows, '--text-column', 'a', '--split-column', 'split'];
const CLASSES = [...COMMON, '--label-column', 'class'];
const PAIRS = [...CLASSES, '--text-pair-column', 'b'];
const NUMBERS = [...COMMON, '--label-column', 'number'];
const REGRESSION = [...NUMBERS, '--task', 'regression'];
const TAGS = ['--dataset', tagged, '--text-column', 'words', '--label-column', 'tags', '--split-column', 'split'];
const INPUT = ['--input', rows];

const FRACTIONS =
  'Its 60 labels are fractional numbers, not classes. Predict them with --task regression (run, rank, finetune, choose), or bin them into classes.';
const FROZEN = 'Train on it with `bench finetune --save`, and predict with that model.';

const REFUSED: readonly (readonly [string, readonly string[], string])[] = [
  [
    'a map of pairs',
    ['map', ...ENCODER, ...PAIRS],
    'rows: A map reads one text per row, but its rows are pairs. Omit it, or read only one of the two columns (without --text-pair-column).',
  ],
  ['a map of numbers', ['map', ...ENCODER, ...NUMBERS], `rows: ${FRACTIONS}`],
  [
    'a map of tags',
    ['map', ...ENCODER, ...TAGS],
    'tags: A map needs classes, and its labels (tags) are tags of words (token classification). Omit it.',
  ],
  [
    'a frozen encoder that predicts by pairs',
    ['predict', ...ENCODER, ...PAIRS, ...INPUT],
    `rows: Predicting by a frozen encoder reads one text per row, but its rows are pairs. ${FROZEN}`,
  ],
  [
    'the same by numbers',
    ['predict', ...ENCODER, ...REGRESSION, ...INPUT],
    `rows: Predicting by a frozen encoder needs classes, and its labels (number) are numbers (regression). ${FROZEN}`,
  ],
  ['the same by numbers that nobody says are such', ['predict', ...ENCODER, ...NUMBERS, ...INPUT], `rows: ${FRACTIONS}`],
  [
    'several numbers a text',
    ['run', ...ENCODER, ...REGRESSION, '--label-separator', ';'],
    '--label-separator: It separates labels, but a text has one number. Omit it.',
  ],
  [
    'several numbers a text, trained',
    ['finetune', ...ENCODER, ...REGRESSION, '--multi-label'],
    '--multi-label: The objective regression takes one number per text. Omit it.',
  ],
  [
    'classes learnt from numbers',
    ['finetune', ...ENCODER, ...REGRESSION, '--objective', 'cea'],
    '--objective: The objective cea needs classes, but the labels of rows (number) are numbers. Use regression.',
  ],
  [
    'numbers learnt from classes',
    ['finetune', ...ENCODER, ...PAIRS, '--objective', 'regression'],
    '--objective: The objective regression needs numbers, but the labels of rows (class) are classes. Use one for classes, or read the labels as numbers (--task regression).',
  ],
  [
    'words as texts',
    ['embed', ...ENCODER, '--input', tagged, '--text-column', 'words', '--out', at('e.npy')],
    `${tagged}: 60 of 60 rows are invalid: line 1 (Column "words" is a list, not a string), line 2 (Column "words" is a list, not a string), line 3 (Column "words" is a list, not a string), and 57 more.`,
  ],
];

for (const [name, args, message] of REFUSED) {
  test(`dataset kinds: ${name}: one line that says what to do instead`, async () => {
    const place = { cache, cwd: root };
    assert.deepEqual(await bench(args, place), { status: 2, out: '', err: `bench: ${message}\n` });
  });
}

const CUT = ['--pooling', 'mean', '--protocol', 'leave-one-out'];
const PAGES: readonly (readonly [string, readonly string[], string, string | undefined])[] = [
  ['pairs', PAIRS, 'this dataset has pairs of texts with classes', undefined],
  ['numbers', REGRESSION, 'this dataset has texts with numbers', 'rows: Numbers have no confusion matrix.'],
  ['tags', TAGS, 'this dataset has words with tags', 'tags: Tags have no confusion matrix here.'],
];

for (const [name, args, neighbours, confusion] of PAGES) {
  test(`dataset kinds: the page of ${name} says what it does not show; of a pair it shows both texts`, async () => {
    const folder = at(`results-${name}`);
    const run = await bench(['run', ...ENCODER, ...args, ...CUT, '--labels', 'all', '--out', folder], { cache });
    assert.equal(run.status, 0, run.err);
    if (name !== 'pairs') assert.match(run.err, /--labels all does not apply to (?:numbers|tagged words): /);
    const page = await bench(['report', folder, '--quiet', '--offline'], { cache });
    assert.equal(page.status, 0, page.err);
    const [, json = ''] =
      /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(
        readFileSync(path.join(folder, 'report', 'index.html'), 'utf8'),
      ) ?? [];
    const { notes, corpora } = JSON.parse(json) as PageData;
    const key = name === 'tags' ? 'tags' : 'rows';
    assert.ok(
      notes.neighbours!.includes(`${key}: Neighbours are shown for single texts with classes; ${neighbours}.`),
      notes.neighbours!.join('\n'),
    );
    if (confusion !== undefined) assert.ok(notes.confusion!.includes(confusion), notes.confusion!.join('\n'));
    const shown = Object.entries(corpora[0]!.texts);
    assert.equal(shown.length > 0, name === 'pairs');
    for (const [row, text] of shown) assert.equal(text, `${SAVED_ROWS[Number(row)]!.a} | ${SAVED_ROWS[Number(row)]!.b}`);
  });
}

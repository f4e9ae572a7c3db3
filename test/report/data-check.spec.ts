import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classificationDataset, regressionDataset } from '../../src/datasets/build.ts';
import { checkData } from '../../src/datasets/check.ts';
import type { Split } from '../../src/datasets/dataset.ts';
import type { Truncation } from '../../src/datasets/check.ts';
import { dataCheckLines } from '../../src/report/data-check.ts';
import { checkRow } from '../../src/report/data-check-fields.ts';
import { outputJson } from '../../src/report/output/output.ts';

type Row = readonly [text: string, labels: string, split?: Split];
const ASKED = { k: 2, amongAll: true, byTrain: true };

function check(
  rows: readonly Row[],
  { labels = 'first', sample = '', notes }: { labels?: 'first' | 'multi'; sample?: string; notes?: string[] } = {},
) {
  const examples = rows.map(([text, names, split = 'train']) => ({ text, labels: names.split('+'), split }));
  return checkData(classificationDataset({ key: 'toy', labelField: 'label', labels, sample, notes, examples }), ASKED);
}

const lines = (rows: readonly Row[], more: Parameters<typeof check>[1] = {}, truncation: readonly Truncation[] = []) =>
  dataCheckLines(check(rows, more), truncation).map(({ kind, text }) => `${kind}: ${text}`);
/** Findings for the user, without the dataset's name. */
const findings = (rows: readonly Row[], more?: Parameters<typeof check>[1]) =>
  lines(rows, more)
    .filter((line) => line.startsWith('finding'))
    .map((line) => line.slice('finding: toy: '.length));
const well = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => [
    `text number ${i}`,
    'ab'[i % 2]!,
    (['train', 'train', 'test', 'dev'] as const)[Math.floor(i / 2) % 4]!,
  ]);

test('data check lines: three where all is well', () => {
  assert.deepEqual(lines(well(24), {}, [{ encoder: 'e', maxLength: 128, texts: 0, estimated: false }]), [
    'fact: toy: 24 texts (train 12, dev 6, test 6), 2 classes: a (12), b (12); majority baseline 50.00% (a), on test 50.00% (a).',
    'fact: toy: no empty texts, no duplicates, no text of test in train, no text of dev in train, no text of test in dev.',
    'fact: toy: longest text 14 characters, 3 words; truncated texts: none.',
  ]);
  assert.deepEqual(
    lines(
      [
        ['x', 'a'],
        ['y', 'a'],
        ['z', 'a'],
        ['q', 'b'],
        ['r', 'b'],
        ['s', 'b'],
      ],
      { sample: 'stratified 6 of 9, seed 1' },
    ),
    [
      'fact: toy: 6 texts, 2 classes: a (3), b (3); majority baseline 50.00% (a); rows used: stratified 6 of 9, seed 1.',
      'fact: toy: no empty texts, no duplicates.',
      'fact: toy: longest text 1 character, 1 word.',
    ],
  );
});

test('data check lines: one for each finding', () => {
  const rows: Row[] = [...well(24), ['', 'a'], ['copy', 'a'], ['copy ', 'a'], [' copy', 'A', 'test'], ['new', 'c', 'dev']];
  assert.deepEqual(lines(rows, { notes: ['Read with the delimiter ";".'] }), [
    'fact: toy: 29 texts (train 15, dev 7, test 7), 4 classes: a (15), b (12), A (1), c (1); majority baseline 51.72% (a), on test ' +
      '42.86% (a).',
    'fact: toy: no text of dev in train, no text of test in dev.',
    'fact: toy: longest text 14 characters, 3 words.',
    'finding: toy: Read with the delimiter ";".',
    'finding: toy: 1 of 29 texts is empty (only white space).',
    'finding: toy: 2 of 29 texts repeat an earlier one (after trimming), 1 of them with the same labels: `deduplicate` drops that one.',
    'finding: toy: 1 text has conflicting labels in 3 rows: "copy" is a and A.',
    'finding: toy: 1 of 7 texts of test (14.29%) is also in train (leakage).',
    'finding: toy: Classes that differ by case or white space alone: "A" and "a".',
    'finding: toy: test has 1 class that train lacks: A (1). No classifier trained on train predicts it.',
    'finding: toy: dev has 1 class that train lacks: c (1). No classifier trained on train predicts it.',
    'finding: toy: 2 classes have fewer than 3 texts (k = 2, and the text itself): A (1), c (1). 2 have a single text, which is always ' +
      'misclassified in leave-one-out.',
  ]);
});

test('data check lines: words for missing values, and values as a program prints them', () => {
  assert.deepEqual(
    findings([...well(24).map(([text, label]): Row => [text, label]), ['nan', 'a'], ...[1, 2, 3].map((i): Row => [`more ${i}`, 'None'])]),
    [
      '1 of 28 texts is a word for a missing value and nothing else (nan, None, NA, …): embedded like any other.',
      '1 class is called by a word for a missing value: None (3). It is scored like any other: an empty cell is no label.',
    ],
  );
  assert.deepEqual(findings([1, 2, 3, 4, 5, 6].map((i): Row => [`b'text ${i}'`, `['${'ab'[i % 2]!}']`])), [
    "All texts are values as a program prints them (b'text 1'), brackets and quotes included.",
    "All classes are values as a program prints them (['a']): each is one class, lists too. Several labels are read from lists of JSON " +
      'or Parquet, or with `labelSeparator`.',
  ]);
});

test('data check lines: what is wrong with all of it', () => {
  assert.deepEqual(
    findings([
      ['x', 'a'],
      ['x', 'a'],
      ['x', 'a'],
    ]),
    [
      'All 3 texts are equal.',
      '2 of 3 texts repeat an earlier one (after trimming), with the same labels: `deduplicate` drops them.',
      'All texts are of one class, a: at least two classes are required.',
    ],
  );
  assert.deepEqual(findings(Array.from({ length: 60 }, (_, i): Row => [String(i), i < 58 ? 'a' : 'b'])), [
    'The class a has 58 of 60 texts (96.67%): look at macro-F1, accuracy says little.',
    '1 class has fewer than 3 texts (k = 2, and the text itself): b (2).',
  ]);
  assert.deepEqual(findings([1, 2, 3, 4, 5, 6].map((i): Row => [String(i), 'ab'[i % 2]!, 'test'])), [
    'No train set: only leave-one-out and complete can be scored on the 6 texts.',
  ]);
  assert.deepEqual(findings([1, 2, 3, 4, 5, 6].map((i): Row => [String(i), i % 2 === 0 ? 'a' : 'b+a'])), [
    'Some texts have several labels, of which only the first counts (`labels` all uses all of them).',
  ]);
  assert.match(
    findings(Array.from({ length: 30 }, (_, i): Row => [String(i), String(i / 4)])).join('\n'),
    /^Its 30 labels are numbers with fractions: a target of regression \(`task` regression\), no classes\.\n30 classes have fewer than 3 texts \(k = 2, and the text itself\): 0 \(1\), 0\.25 \(1\), 0\.5 \(1\), 0\.75 \(1\), 1 \(1\) and 25 more\. 30 have a single text/,
  );
});

test('data check lines: lists are bounded, names shortened, control characters left out', () => {
  const rows: Row[] = Array.from({ length: 24 }, (_, i) => [`text\u001b[31m ${i}`, `${'n'.repeat(60)}\u001b[31m${Math.floor(i / 3)}`]);
  const truncation = Array.from({ length: 7 }, (_, i): Truncation => ({ encoder: `e${i}`, maxLength: 8, texts: i, estimated: i === 6 }));
  const text = lines(rows, {}, truncation).join('\n');
  assert.ok(!text.includes('\u001b'));
  assert.match(text, /8 classes: n{40}… \(3\), n{40}… \(3\), n{40}… \(3\), n{40}… \(3\), n{40}… \(3\) and 3 more;/);
  assert.match(
    text,
    /truncated texts: about 6 of 24 \(25\.00%\) by e6 \(8 tokens\), 5 of 24 \(20\.83%\) by e5 \(8 tokens\), .* and 1 more\./,
  );
});

test('data check fields: numbers are numbers, and what does not apply is null', () => {
  const row = checkRow(
    check(
      [
        ['x', 'a+b'],
        ['x', 'b'],
        ['y', 'a'],
      ],
      { labels: 'multi' },
    ),
    [{ encoder: 'e', maxLength: 8, texts: 1, estimated: false }],
  );
  const {
    rows: [json],
  } = JSON.parse(outputJson({ command: 'datasets check', rows: [row] })) as { rows: Record<string, unknown>[] };
  assert.deepEqual(
    { ...json, notes: (json!['notes'] as string[]).length },
    {
      dataset: 'toy',
      label_field: 'label',
      task: 'classification',
      sample: null,
      texts: 3,
      train: 3,
      dev: 0,
      test: 0,
      classes: 2,
      words: null,
      tag_scheme: null,
      spans: null,
      outside_percent: null,
      broken_sequences: null,
      target_min: null,
      target_max: null,
      target_mean: null,
      target_sd: null,
      target_median: null,
      target_values: null,
      swapped_pairs: null,
      majority_class: 'a',
      majority_accuracy: 33.33,
      majority_micro_f1: 57.14,
      test_majority_class: null,
      test_majority_accuracy: null,
      test_majority_micro_f1: null,
      empty: 0,
      duplicates: 1,
      duplicates_same_labels: 0,
      conflicting_texts: 1,
      conflicting_rows: 2,
      test_in_train: null,
      dev_in_train: null,
      test_in_dev: null,
      longest_characters: 1,
      longest_words: 1,
      truncated_texts: 1,
      truncated_words: null,
      notes: 3,
      class_texts: [
        { name: 'a', texts: 2, train: 2, dev: 0, test: 0 },
        { name: 'b', texts: 2, train: 2, dev: 0, test: 0 },
      ],
      truncated: [{ encoder: 'e', prompt: null, max_length: 8, texts: 1, words: null, percent: 33.33, estimated: false }],
      classes_alike: [],
      classes_not_in_train: [],
      rare_classes: [
        {
          among: 'all',
          needed: 3,
          classes: [
            { name: 'a', texts: 2 },
            { name: 'b', texts: 2 },
          ],
        },
      ],
    },
  );
  assert.deepEqual(
    [check(well(8)), check([['x', 'a']])].map((each) => checkRow(each, []).test_in_train),
    ['0', ''],
  );
});

test('data check lines: dev or test of one number, with which nothing correlates', () => {
  const examples = [
    ['1', 'train'],
    ['2', 'train'],
    ['2', 'dev'],
    ['2', 'dev'],
    ['3', 'test'],
  ] as const;
  const dataset = regressionDataset({
    key: 'toy',
    labelField: 'score',
    sample: '',
    examples: examples.map(([label, split], i) => ({ text: `text number ${i}`, labels: [label], split })),
  });
  const found = dataCheckLines(checkData(dataset, ASKED), [])
    .map(({ text }) => text)
    .filter((text) => text.includes('correlation'));
  assert.deepEqual(found, [
    'toy: All 2 targets of dev are 2: no correlation with them is defined, and dev can choose neither an epoch nor an encoder.',
    'toy: The only target of test is 3: no correlation with it is defined.',
  ]);
});

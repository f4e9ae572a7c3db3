import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classificationDataset } from '../../src/datasets/build.ts';
import { checkData } from '../../src/datasets/check.ts';
import type { Split } from '../../src/datasets/dataset.ts';

const ASKED = { k: 5, amongAll: true, byTrain: true };
type Row = readonly [text: string, labels: string, split?: Split];
const dataset = (rows: readonly Row[], labels: 'first' | 'multi' = 'first') =>
  classificationDataset({
    key: 'toy',
    labelField: 'label',
    labels,
    sample: '',
    examples: rows.map(([text, names, split = 'train']) => ({ text, labels: names.split('+'), split })),
  });
const check = (rows: readonly Row[], labels?: 'first' | 'multi', asked = ASKED) => checkData(dataset(rows, labels), asked);
const alike = (...names: string[]) => check(names.map((name, i): Row => [String(i), name])).findings.alike;
const many = (name: string, count: number, split: Split): Row[] =>
  Array.from({ length: count }, (_, i) => [`${name} ${split} ${i}`, name, split]);
const of = (labels: readonly string[], text = (i: number) => String(i)) => check(labels.map((label, i): Row => [text(i), label])).findings;

test('data check: texts, splits, classes in each, the longest text', () => {
  const { texts, splits, classes, longest, empty, duplicates, leaks } = check([
    ['one two', 'a'],
    ['three', 'b'],
    ['four', 'b', 'dev'],
    [' 😂 😂 x ', 'a', 'test'],
    ['six', 'a', 'test'],
  ]);
  assert.deepEqual([texts, splits, empty], [5, { train: 2, dev: 1, test: 2 }, 0]);
  assert.deepEqual(classes, [
    { name: 'a', texts: 3, train: 1, dev: 0, test: 2 },
    { name: 'b', texts: 2, train: 1, dev: 1, test: 0 },
  ]);
  assert.deepEqual(longest, { characters: 7, words: 3 });
  assert.deepEqual(duplicates, { rows: 0, sameLabels: 0, conflicting: 0, conflictingRows: 0, conflict: undefined });
  assert.deepEqual(leaks, { testInTrain: 0, devInTrain: 0, testInDev: 0 });
});

test('data check: duplicates after trimming, those with the same labels, those with others', () => {
  const { duplicates, empty } = check([
    ['x', 'a'],
    [' x', 'a'],
    ['x\n', 'b'],
    ['y', 'a'],
    ['y', 'b'],
    ['z', 'a'],
    ['z', 'a'],
    ['', 'a'],
    ['\u00a0\t', 'b'],
  ]);
  assert.equal(empty, 2);
  assert.deepEqual(duplicates, { rows: 5, sameLabels: 2, conflicting: 3, conflictingRows: 7, conflict: { text: 'x', labels: ['a', 'b'] } });
});

test('data check: what --deduplicate would leave out is what is counted', () => {
  const { duplicates } = check([
    ['x', 'a'],
    ['x', 'b'],
    ['x', 'a'],
    ['x', 'b'],
    ['x', 'a'],
  ]);
  assert.deepEqual([duplicates.rows, duplicates.sameLabels], [4, 3]);
});

test('data check: leakage counts the texts of test and dev, including repetitions', () => {
  const { leaks } = check([
    ['x', 'a'],
    ['x', 'a'],
    ['y', 'b'],
    ['y', 'b', 'dev'],
    ['q', 'a', 'dev'],
    ['x ', 'b', 'test'],
    [' x', 'a', 'test'],
    ['q', 'a', 'test'],
    ['new', 'a', 'test'],
  ]);
  assert.deepEqual(leaks, { testInTrain: 2, devInTrain: 1, testInDev: 1 });
  assert.deepEqual(
    check([
      ['x', 'a', 'test'],
      ['y', 'b', 'test'],
    ]).leaks,
    { testInTrain: undefined, devInTrain: undefined, testInDev: undefined },
  );
});

test('data check: the majority baseline is that of train on test; of equal classes the first is guessed', () => {
  const rows: Row[] = [
    ['1', 'b'],
    ['2', 'b'],
    ['3', 'a'],
    ['4', 'a', 'test'],
    ['5', 'a', 'test'],
    ['6', 'b', 'test'],
    ['7', 'a', 'test'],
  ];
  const { majority, testMajority } = check(rows);
  assert.deepEqual(majority, { class: 'a', accuracy: 4 / 7, microF1: 4 / 7 });
  assert.deepEqual(testMajority, { class: 'b', accuracy: 0.25, microF1: 0.25 });
  assert.equal(
    check([
      ['1', 'b'],
      ['2', 'a'],
    ]).majority!.class,
    'a',
  );
  assert.equal(
    check([
      ['1', 'b'],
      ['2', 'a'],
    ]).testMajority,
    undefined,
  );
  assert.deepEqual(
    check([
      ['1', 'b', 'test'],
      ['2', 'b', 'test'],
      ['3', 'a', 'test'],
    ]).testMajority,
    { class: 'b', accuracy: 2 / 3, microF1: 2 / 3 },
  );
});

test('data check: of label sets each label counts, and copies agree whose sets do', () => {
  const rows: Row[] = [
    ['x', 'a+b'],
    ['x', 'b+a'],
    ['y', 'a'],
    ['y', 'a+c'],
    ['z', 'c'],
  ];
  const { classes, majority, duplicates, findings } = check(rows, 'multi');
  assert.deepEqual(
    classes.map(({ name, texts }) => [name, texts]),
    [
      ['a', 4],
      ['b', 2],
      ['c', 2],
    ],
  );
  // One of five is {a}; of 8 labels 4 are predicted, of 5 predictions 4 are correct.
  assert.deepEqual(majority, { class: 'a', accuracy: 1 / 5, microF1: 8 / 13 });
  assert.deepEqual([duplicates.sameLabels, duplicates.conflict], [1, { text: 'y', labels: ['a', 'a+c'] }]);
  assert.equal(findings.firstLabels, false);
  assert.deepEqual([check(rows).duplicates.conflicting, check(rows).duplicates.sameLabels, check(rows).findings.firstLabels], [1, 1, true]);
});

test('data check: classes that readers take for one', () => {
  for (const pair of [
    ['sport', 'Sport'],
    ['straße', 'STRASSE'],
    ['ΑΣ', 'ας'],
    ['a b', 'a  b'],
    ['a b', 'a\u00a0b'],
    ['ﬁne', 'fine'],
    ['Ａ', 'a'],
    ['é', 'E\u0301'],
    ['a\u200bb', 'ab'],
    ['a\u00adb', 'AB'],
    ['1', '１'],
  ]) {
    assert.equal(alike(...pair).length, 1, JSON.stringify(pair));
  }
  assert.deepEqual(alike('a', 'b', 'B', 'c', 'ab', 'a b', 'a-b', 'é', 'e', '1', '1.0', 'true'), [['B', 'b']]);
});

test('data check: classes that train lacks, and those with fewer texts than votes', () => {
  const { findings } = check([
    ...many('a', 9, 'train'),
    ...many('b', 4, 'train'),
    ...many('a', 2, 'test'),
    ...many('c', 3, 'test'),
    ...many('d', 1, 'dev'),
  ]);
  assert.deepEqual(findings.unseen, [
    { split: 'test', classes: [{ name: 'c', texts: 3 }] },
    { split: 'dev', classes: [{ name: 'd', texts: 1 }] },
  ]);
  assert.deepEqual(findings.rare, [
    {
      where: 'all',
      needed: 6,
      classes: [
        { name: 'd', texts: 1 },
        { name: 'c', texts: 3 },
        { name: 'b', texts: 4 },
      ],
    },
    { where: 'train', needed: 5, classes: [{ name: 'b', texts: 4 }] },
  ]);
  assert.deepEqual(check(many('a', 5, 'train'), 'first', { k: 5, amongAll: false, byTrain: true }).findings.rare, []);
  assert.deepEqual(check(many('a', 5, 'test')).findings.unseen, []);
});

test('data check: one class, one text, nearly one class, targets of regression', () => {
  assert.deepEqual([of(['a', 'a']).oneClass, of(['a', 'b']).oneClass], [true, false]);
  assert.deepEqual([of(['a', 'b'], () => 'x').oneText, of(['a', 'b']).oneText, of(['a']).oneText], [true, false, false]);
  const nearly = [...Array<string>(96).fill('a'), 'b', 'b', 'b', 'b'];
  assert.deepEqual(
    [of(nearly).dominant, of(nearly.slice(1)).dominant, of([...nearly, 'b', 'b']).dominant],
    [{ name: 'a', texts: 96 }, { name: 'a', texts: 95 }, undefined],
  );
  assert.deepEqual(
    [of(Array.from({ length: 30 }, (_, i) => String(i / 4))).fractions, of(Array.from({ length: 30 }, (_, i) => String(i))).fractions],
    [true, false],
  );
});

test('data check: two hundred thousand texts, each its own class, take no long time', () => {
  const begun = performance.now();
  const { duplicates, findings } = check(Array.from({ length: 200_000 }, (_, i): Row => [`text number ${i % 150_000}`, `class ${i}`]));
  assert.deepEqual([duplicates.rows, findings.alike.length], [50_000, 0]);
  assert.ok(performance.now() - begun < 20_000);
});

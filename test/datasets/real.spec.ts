import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClassificationDataset } from '../../src/datasets/dataset.ts';
import { unlessShared } from '../shared.ts';
import { classCounts, loadReal, rejectsWith, splitCounts } from './support.ts';

const skip = unlessShared('data');

/** Dataset → rows of train, dev, test, and classes. */
const COUNTS: Readonly<Record<string, readonly [rows: readonly number[], classes: number]>> = {
  trec6: [[5452, 0, 500], 6],
  trec50: [[5452, 0, 500], 50],
  'communicative-functions': [[1024, 0, 0], 38],
  'communicative-functions-691': [[691, 0, 0], 38],
  'sst-binary': [[67349, 872, 1821], 2],
  'sst-granular': [[8544, 1101, 2210], 5],
  'sst-granular-latin1': [[8544, 1101, 2210], 5],
  'go-emotions': [[43410, 5426, 5427], 28],
  'political-bias-baly': [[1620, 180, 300], 3],
  atis: [[4478, 500, 893], 26],
  snips: [[13084, 700, 700], 7],
  clinc150: [[15000, 3000, 4500], 150],
  'clinc150-oos': [[15100, 3100, 5500], 151],
  stackoverflow: [[20000, 0, 0], 20],
  '20newsgroups-test': [[0, 0, 7532], 20],
  mr: [[10662, 0, 0], 2],
  cr: [[3775, 0, 0], 2],
  mpqa: [[10606, 0, 0], 2],
  subj: [[10000, 0, 0], 2],
};

for (const [key, [rows, classes]] of Object.entries(COUNTS)) {
  test(`${key}: rows of each split, classes`, { skip }, async () => {
    const dataset = await loadReal(key);
    assert.deepEqual([splitCounts(dataset), dataset.classes.length], [rows, classes]);
    assert.deepEqual(dataset.classes.toSorted(), dataset.classes);
  });
}

const count = (texts: readonly string[], character: string): number => texts.join('\n').split(character).length - 1;
const textAt = (dataset: ClassificationDataset, row: number): string | undefined => dataset.texts[row];
const classAt = (dataset: ClassificationDataset, row: number): string | undefined => dataset.classes[dataset.labels[row]!];

test('trec: coarse and fine labels, and the byte 0xF0 of line 66 as latin-1', { skip }, async () => {
  const [coarse, fine] = [await loadReal('trec6'), await loadReal('trec50')];
  assert.deepEqual(coarse.classes, ['ABBR', 'DESC', 'ENTY', 'HUM', 'LOC', 'NUM']);
  assert.equal(classAt(fine, 0), 'DESC:manner');
  assert.equal(textAt(fine, 0), 'How did serfdom develop in and then leave Russia ?');
  assert.equal(new Set(fine.texts.filter((_, row) => fine.split[row] === 0)).size, 5452 - 71);
  assert.match(textAt(coarse, 65)!, /sister\u00f0city/);
});

test('trec: as UTF-8 it is refused with the line', { skip }, () =>
  rejectsWith(
    loadReal('trec6', { entry: { encoding: 'utf8' } }),
    'FORMAT',
    'train_5500.label:66: Byte 0xF0 is not UTF-8. Save it as UTF-8, or list it in a registry with its encoding (latin1, windows-1252).',
  ),
);

test('communicative functions: result.tsv four times is 1024 rows of 691, and "(again)" makes no class', { skip }, async () => {
  const [published, unique] = [await loadReal('communicative-functions'), await loadReal('communicative-functions-691')];
  const four = classCounts(published);
  const once = classCounts(unique);
  assert.equal(four['The_aim_of_the_paper']! - once['The_aim_of_the_paper']!, 3 * 16);
  assert.deepEqual(
    published.classes.filter((name) => name.includes('again') || name.includes(' ')),
    [],
  );
  assert.deepEqual(new Set(published.texts), new Set(unique.texts));
});

test('sst-binary: labels by name, no blank at the end of a text', { skip }, async () => {
  const dataset = await loadReal('sst-binary');
  assert.deepEqual(classCounts(dataset), { negative: 29780 + 428 + 912, positive: 37569 + 444 + 909 });
  assert.equal(textAt(dataset, 0), 'hide new secretions from the parental units');
  assert.deepEqual(
    dataset.texts.filter((text) => /^[ \t]|[ \t]$/.test(text)),
    [],
  );
});

test("sst-granular: UTF-8, and flair's latin-1 differs on the 107 lines that are not ASCII", { skip }, async () => {
  const [right, flair] = [await loadReal('sst-granular'), await loadReal('sst-granular-latin1')];
  assert.equal(right.texts.filter((text, row) => text !== flair.texts[row]).length, 107);
  assert.ok(right.texts.some((text) => text.endsWith('retch it up like rancid crème brûlée .')));
  assert.ok(flair.texts.some((text) => text.endsWith('retch it up like rancid crÃ¨me brÃ»lÃ©e .')));
  assert.deepEqual(flair.labels, right.labels);
  assert.notEqual(flair.hash, right.hash);
});

test('go-emotions: several labels on 7102, 878 and 837 rows; quotes are text', { skip }, async () => {
  const multi = await loadReal('go-emotions', { labels: 'multi' });
  const several = [0, 0, 0];
  multi.labelSets!.forEach((set, row) => (several[multi.split[row]!]! += set.length > 1 ? 1 : 0));
  assert.deepEqual(several, [7102, 878, 837]);
  const quotes = [0, 0, 0];
  multi.texts.forEach((text, row) => (quotes[multi.split[row]!]! += text.includes('"') ? 1 : 0));
  assert.deepEqual(quotes, [1097, 137, 149]);
  const first = await loadReal('go-emotions');
  assert.equal(first.labelSets, undefined);
  assert.deepEqual(first.classes, multi.classes);
  assert.deepEqual(first.labels, multi.labels);
  const row = 43410 + 1;
  assert.match(textAt(first, row)!, /^You know the answer man/);
  assert.equal(classAt(first, row), 'approval');
  assert.deepEqual(
    [...multi.labelSets![row]!].map((c) => multi.classes[c]),
    ['approval', 'neutral'],
  );
});

test('atis: joint intents are classes of their own', { skip }, async () => {
  const counts = classCounts(await loadReal('atis'));
  assert.equal(counts['atis_flight'], 4298);
  assert.equal(counts['atis_flight#atis_airfare'], 33);
});

test('clinc150: queries out of scope are left out, or a class of their own', { skip }, async () => {
  const [without, with_] = [await loadReal('clinc150'), await loadReal('clinc150-oos')];
  assert.equal(classCounts(without)['oos'], undefined);
  assert.equal(classCounts(with_)['oos'], 1200);
});

test('stackoverflow: 1000 of each class, by name; U+3000 and U+00A0 are text', { skip }, async () => {
  const dataset = await loadReal('stackoverflow');
  assert.deepEqual(
    Object.values(classCounts(dataset)),
    Array.from({ length: 20 }, () => 1000),
  );
  assert.deepEqual(
    [textAt(dataset, 0), classAt(dataset, 0)],
    ['How do I fill a DataSet or a DataTable from a LINQ query resultset ?', 'linq'],
  );
  assert.equal(dataset.texts.join('').split('\u3000').length - 1, 12);
});

test('20newsgroups: headers and newlines are kept, latin-1', { skip }, async () => {
  const dataset = await loadReal('20newsgroups-test');
  assert.equal(classAt(dataset, 0), 'alt.atheism');
  assert.ok(
    dataset.texts.every((text) => /^(From|Subject|Xref|Path|Organization|Nntp|Distribution|.*: )/m.test(text) && text.includes('\n')),
  );
  assert.equal(
    dataset.texts.reduce((sum, text) => sum + text.length, 0),
    13_800_509,
  );
});

test('mr: 0x85 is an ellipsis in Windows-1252; in latin-1 it is U+0085, which ends no line', { skip }, async () => {
  const right = await loadReal('mr');
  const latin1 = await loadReal('mr', { entry: { encoding: 'latin1' } });
  assert.deepEqual(classCounts(right), { neg: 5331, pos: 5331 });
  assert.deepEqual(latin1.labels, right.labels);
  assert.deepEqual([count(right.texts, '…'), count(right.texts, '\u0085')], [23, 0]);
  assert.deepEqual([count(latin1.texts, '…'), count(latin1.texts, '\u0085')], [0, 23]);
});

test('cr, mpqa, subj: counts of each class; an empty line is an empty text', { skip }, async () => {
  const [cr, mpqa, subj] = [await loadReal('cr'), await loadReal('mpqa'), await loadReal('subj')];
  assert.deepEqual(
    [classCounts(cr), classCounts(mpqa), classCounts(subj)],
    [
      { neg: 1368, pos: 2407 },
      { neg: 7294, pos: 3312 },
      { objective: 5000, subjective: 5000 },
    ],
  );
  assert.deepEqual(
    [cr, mpqa, subj].map(({ texts }) => texts.filter((text) => text === '').length),
    [4, 3, 0],
  );
});

test('political-bias-baly: both label fields on the same rows; publishers of train and test are disjoint', { skip }, async () => {
  const [bias, publisher] = [await loadReal('political-bias-baly'), await loadReal('political-bias-baly', { labelField: 'publisher' })];
  assert.deepEqual(bias.classes, ['center', 'left', 'right']);
  assert.deepEqual(publisher.texts, bias.texts);
  assert.deepEqual(publisher.split, bias.split);
  const inSplit = (split: number) => new Set(publisher.labels.filter((_, row) => publisher.split[row] === split));
  assert.deepEqual([inSplit(0).size, inSplit(1).size, inSplit(2).size], [6, 6, 3]);
  assert.deepEqual(
    [...inSplit(2)].filter((name) => inSplit(0).has(name)),
    [],
  );
  const dev = bias.labels.filter((_, row) => bias.split[row] === 1);
  assert.deepEqual(
    [0, 1, 2].map((c) => dev.filter((label) => label === c).length),
    [60, 60, 60],
  );
});

test('label fields: a wrong one is reported with the available ones', { skip }, () =>
  rejectsWith(
    loadReal('political-bias-baly', { labelField: 'publishers' }),
    'UNKNOWN_NAME',
    '`labelField`: political-bias-baly has no label field "publishers". Did you mean "publisher"? It has bias, publisher.',
  ),
);

test('counts: an entry that says otherwise is refused', { skip }, async () => {
  await rejectsWith(
    loadReal('trec6', { entry: { rows: { train: 5451, test: 500 } } }),
    'FORMAT',
    'trec6: train has 5452 rows, the entry says 5451. Either the file has changed or its registry entry is wrong.',
  );
  await rejectsWith(
    loadReal('trec6', { entry: { classes: 5 } }),
    'FORMAT',
    'trec6: Found 6 classes; the entry says 5. Either the file has changed or its registry entry is wrong.',
  );
});

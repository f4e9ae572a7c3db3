import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { lines } from '../../../src/datasets/lines.ts';
import { conll, type ConllParams } from '../../../src/datasets/readers/conll.ts';
import { shared, unlessShared } from '../../shared.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder();

function read(content: string | Uint8Array, columns: Pick<ConllParams, 'word' | 'tag'> = {}) {
  const file = { path: path.join(folder, 'f.conll'), name: 'f.conll', encoding: 'utf8' } as const;
  writeFileSync(file.path, content);
  return [...conll({ lines: lines(file), file, ...columns })];
}
/** `word/tag` of each word, one list per sentence. */
const pairs = (...args: Parameters<typeof read>) => read(...args).map(({ words, tags }) => words.map((word, i) => `${word}/${tags[i]}`));
const refuses = (content: string, message: string, columns: Pick<ConllParams, 'word' | 'tag'> = {}) =>
  assert.throws(() => read(content, columns), { name: 'HarnessError', code: 'FORMAT', message });

test('conll: words and tags, with tabs or blanks between', () => {
  const expected = [['EU/B-ORG', 'rejects/O'], ['call/O']];
  assert.deepEqual(pairs('EU\tB-ORG\nrejects\tO\n\ncall\tO\n'), expected);
  assert.deepEqual(pairs('EU B-ORG\nrejects   O \n\n call O\n'), expected);
  assert.deepEqual(pairs('EU B-ORG\nrejects\tO\n\ncall \t O\n'), expected);
});

test('conll: lines of nothing, blanks, tabs or a carriage return end a sentence; there are no empty sentences', () => {
  assert.deepEqual(pairs('\n\t\n \na\tO\n\t\nb\tO\n \t \nc\tO\n\r\n\n\nd\tO\n\n\n'), [['a/O'], ['b/O'], ['c/O'], ['d/O']]);
  assert.deepEqual([pairs(''), pairs('\n'), pairs('\t\n \n'), pairs('-DOCSTART- -X- O\n\n'), pairs('# nothing\n')], [[], [], [], [], []]);
});

test('conll: carriage returns, a byte order mark, and no newline at the end', () => {
  assert.deepEqual(pairs('\ufeffa\tB-x\r\n\r\nb\tO\r\nc\tO'), [['a/B-x'], ['b/O', 'c/O']]);
  assert.deepEqual(pairs('\ufeff# of one\r\na B-x\r\n\t\r\nb O'), [['a/B-x'], ['b/O']]);
  assert.deepEqual(pairs('\ufeff-DOCSTART- O\r\n\r\na O\r\n'), [['a/O']]);
});

test('conll: -DOCSTART- is not a word, whatever its columns are, and ends a sentence', () => {
  const expected = [['a/O'], ['b/B-x']];
  assert.deepEqual(pairs('-DOCSTART- -X- -X- O\n\na N B O\n\n-DOCSTART-\n\nb N B B-x\n'), expected);
  assert.deepEqual(pairs('-DOCSTART- (1 a)\na\tO\n-DOCSTART- (2 b)\nb\tB-x\n'), expected);
  assert.deepEqual(pairs('-DOCSTART-s\tO\n-DOCSTART\tO\n'), [['-DOCSTART-s/O', '-DOCSTART/O']]);
});

test('conll: the column of the tags is the last, or the one that is named; that of the words the first, or the one that is named', () => {
  const rows = 'EU NNP B-NP B-ORG\nrejects VBZ B-VP O\n';
  assert.deepEqual([pairs(rows), pairs(rows, { tag: 2 })], [[['EU/B-ORG', 'rejects/O']], [['EU/NNP', 'rejects/VBZ']]]);
  assert.deepEqual(pairs('#\thttp://a.b [2010]\n1\t#\tO\tO\n2\tBonn\tB-LOC\tO\n', { word: 2, tag: 3 }), [['#/O', 'Bonn/B-LOC']]);
  const names = ' Columns are counted from 1: set the word column with `textColumn` and the tag column with `labelColumn`.';
  refuses(rows, `f.conll:1: No column 5: the line has 4.${names}`, { tag: 5 });
  refuses(rows, `f.conll:1: No column 0: the line has 4.${names}`, { tag: 0 });
  refuses(rows, 'f.conll:1: Column 1 cannot hold both words and tags.', { tag: 1 });
});

test('conll: words are as they stand: quotes, blanks between tabs, characters of no width, other spaces', () => {
  assert.deepEqual(pairs('"\tO\n"a\tO\nb""\tO\n10 000\tB-x\n\ufe0f\tO\n\u00a0\tO\n\u0085\tO\n\u2028x\tO\n|\tO\n'), [
    ['"/O', '"a/O', 'b""/O', '10 000/B-x', '\ufe0f/O', '\u00a0/O', '\u0085/O', '\u2028x/O', '|/O'],
  ]);
  assert.deepEqual(pairs('a\u00a0b O\n" O\n'), [['a\u00a0b/O', '"/O']]);
});

test('conll: a comment has other columns than the rows', () => {
  assert.deepEqual(pairs('# sent 1\na\tO\n# in it\n#\tO\n'), [['a/O', '#/O']]);
  assert.deepEqual(pairs('# of two\na O\nb O\n\n# a b c\nc O\n'), [['a/O', 'b/O'], ['c/O']]);
  assert.deepEqual(pairs('# a\tb\tc\na\tO\n'), [['a/O']]);
});

test('conll: the word "#" is none, whether it begins a sentence or not', () => {
  assert.deepEqual(pairs('# O\na O\n# O\n\n# B-x\nb B-x\n\n#\tO\n'), [['#/O', 'a/O', '#/O'], ['#/B-x', 'b/B-x'], ['#/O']]);
  assert.deepEqual([pairs('#\tSYM\n'), pairs('a\tX\n\n#\tSYM\n')], [[['#/SYM']], [['a/X'], ['#/SYM']]]);
  assert.deepEqual(pairs('#a\tO\n##\tO\n#b c\tO\n# d\tO\n'), [['#a/O', '##/O', '#b c/O', '# d/O']]);
  // The Penn Treebank's tag of the pound sign, and a word with a unique tag, within a sentence.
  assert.deepEqual(pairs('a DT\n# #\n9 CD\n\n# #\n\nb DT\n# SYM\n'), [['a/DT', '#/#', '9/CD'], ['#/#'], ['b/DT', '#/SYM']]);
  assert.deepEqual(pairs('a DT B-NP\nb CD I-NP\n\n# # B-NP\n'), [['a/B-NP', 'b/I-NP'], ['#/B-NP']]);
});

test('conll: a comment with as many columns as the rows, before a sentence, has nothing that their columns have', () => {
  const rows = '# id 0a1b-2c\tdomain=en\neli _ _ B-PER\nx _ _ O\n\n\n# id 7f domain=en\n# _ _ O\n';
  assert.deepEqual(pairs(rows), [['eli/B-PER', 'x/O'], ['#/O']]);
  assert.deepEqual(pairs('# sentence\na O\n'), [['a/O']]);
});

test('conll: a row with other columns is refused by its line', () => {
  const tabs = 'Columns are separated by tabs.';
  refuses('a\tO\nb\n', `f.conll:2: The line has one column, the first row (line 1) has 2. ${tabs}`);
  refuses('\n# c\na\tO\n\nb\tN\tO\n', `f.conll:5: The line has 3 columns, the first row (line 3) has 2. ${tabs}`);
  refuses('a\tO\nb O\n', `f.conll:2: The line has one column, the first row (line 1) has 2. ${tabs}`);
  refuses('a\tO\nb\tO\t\n', `f.conll:2: The line has 3 columns, the first row (line 1) has 2. ${tabs}`);
  const blanks = 'Columns are separated by spaces: words that contain spaces need tabs.';
  refuses('a O\n10 000 O\n', `f.conll:2: The line has 3 columns, the first row (line 1) has 2. ${blanks}`);
  refuses('a O\n#b\n', `f.conll:2: The line has one column, the first row (line 1) has 2. ${blanks}`);
  refuses('a\r\nb\r\n', 'f.conll:1: The line has one column; word and tag need two.');
});

test('conll: a row without a word, or without a tag, is refused', () => {
  refuses('a\tO\n\tO\n', 'f.conll:2: The word is empty.');
  refuses('a\tO\nb\t\n', 'f.conll:2: The tag is empty.');
  refuses('a\tO\t \n', 'f.conll:1: The tag is empty.');
});

test('conll: a byte that is not of the encoding has its line', () => {
  const bytes = Buffer.from([0x61, 0x09, 0x4f, 0x0a, 0xff, 0x09, 0x4f]);
  assert.throws(() => read(bytes), { code: 'FORMAT', message: /^f\.conll:2: Byte 0xFF is not UTF-8\./ });
});

// Counted by Python: lines split at "\n", sentence ends where strip(' \t') leaves nothing, columns split at tabs.
const WNUT = [
  {
    name: 'wnut17train.conll',
    sentences: 3394,
    words: 62_730,
    longest: 41,
    alone: 2,
    hashes: [2, 828],
    tags: {
      'B-corporation': 221,
      'B-creative-work': 140,
      'B-group': 264,
      'B-location': 548,
      'B-person': 660,
      'B-product': 142,
      'I-corporation': 46,
      'I-creative-work': 206,
      'I-group': 150,
      'I-location': 245,
      'I-person': 335,
      'I-product': 203,
      O: 59_570,
    },
  },
  {
    name: 'emerging.dev.conll',
    sentences: 1009,
    words: 15_733,
    longest: 82,
    alone: 1,
    hashes: [22, 22],
    tags: {
      'B-corporation': 34,
      'B-creative-work': 105,
      'B-group': 39,
      'B-location': 74,
      'B-person': 470,
      'B-product': 114,
      'I-corporation': 12,
      'I-creative-work': 133,
      'I-group': 25,
      'I-location': 33,
      'I-person': 117,
      'I-product': 94,
      O: 14_483,
    },
  },
  {
    name: 'emerging.test.annotated',
    sentences: 1287,
    words: 23_394,
    longest: 105,
    alone: 30,
    hashes: [247, 247],
    tags: {
      'B-corporation': 66,
      'B-creative-work': 142,
      'B-group': 165,
      'B-location': 150,
      'B-person': 429,
      'B-product': 127,
      'I-corporation': 22,
      'I-creative-work': 218,
      'I-group': 70,
      'I-location': 94,
      'I-person': 131,
      'I-product': 126,
      O: 21_654,
    },
  },
];

for (const { name, tags, hashes, ...counts } of WNUT) {
  const parts = ['tasks', 'data', 'wnut17', name];
  test(`conll: WNUT-17, ${name}, as Python counts it`, { skip: unlessShared(...parts) }, () => {
    const file = { path: shared(...parts), name, encoding: 'utf8' } as const;
    const sentences = [...conll({ lines: lines(file), file })];
    const words = sentences.flatMap((sentence) => sentence.words);
    const lengths = sentences.map((sentence) => sentence.words.length);
    const [longest, alone] = [Math.max(...lengths), lengths.filter((length) => length === 1).length];
    assert.deepEqual({ sentences: sentences.length, words: words.length, longest, alone }, counts);
    assert.deepEqual([words.filter((word) => word === '#').length, words.filter((word) => word.startsWith('#')).length], hashes);
    const found: Record<string, number> = {};
    for (const tag of sentences.flatMap((sentence) => sentence.tags)) found[tag] = (found[tag] ?? 0) + 1;
    assert.deepEqual(found, tags);
  });
}

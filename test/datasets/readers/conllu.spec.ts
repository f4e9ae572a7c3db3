import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { lines } from '../../../src/datasets/lines.ts';
import { conllu, type ConlluColumn } from '../../../src/datasets/readers/conllu.ts';
import { shared, unlessShared } from '../../shared.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder();

function read(content: string, column?: ConlluColumn, note?: (sentence: string) => void) {
  const file = { path: path.join(folder, 'f.conllu'), name: 'f.conllu', encoding: 'utf8' } as const;
  writeFileSync(file.path, content);
  return [...conllu({ lines: lines(file), file, column, note })].map(({ words, tags }) => words.map((word, i) => `${word}/${tags[i]}`));
}
/** A line of a word: its number, form, lemma, upos, xpos. */
const row = (id: number | string, form: string, upos = 'X', xpos = '_', lemma = '_') =>
  `${[id, form, lemma, upos, xpos, '_', '0', 'dep', '_', '_'].join('\t')}\n`;
const refuses = (content: string, message: string, column?: ConlluColumn) =>
  assert.throws(() => read(content, column), { name: 'HarnessError', code: 'FORMAT', message });

test('conllu: words with the column that is named; upos where none is', () => {
  const first = `# sent_id = 1\n${row(1, 'Do', 'AUX', 'VBP', 'do')}${row(2, 'it', 'PRON', 'PRP', 'it')}`;
  const text = `${first}\n${row(1, '-', 'PUNCT', '-LRB-', '-')}`;
  assert.deepEqual(read(text), [['Do/AUX', 'it/PRON'], ['-/PUNCT']]);
  assert.deepEqual(read(text, 'xpos'), [['Do/VBP', 'it/PRP'], ['-/-LRB-']]);
  const sentence = (column: ConlluColumn) => read(text, column)[0];
  assert.deepEqual(
    [sentence('lemma'), sentence('form')],
    [
      ['Do/do', 'it/it'],
      ['Do/Do', 'it/it'],
    ],
  );
  assert.deepEqual(sentence('deprel'), ['Do/dep', 'it/dep']);
});

test('conllu: ranges and empty nodes are no words, wherever they stand', () => {
  const rows = [
    row('0.1', 'e', '_'),
    row('1-2', "don't", '_'),
    row(1, 'do', 'AUX'),
    row(2, "n't", 'PART'),
    row('2.1', 'e', '_'),
    row('2.2', 'e', '_'),
    row('3-4', 'x', '_'),
    row(3, 'a'),
    row(4, 'b'),
  ];
  assert.deepEqual(read(rows.join('')), [['do/AUX', "n't/PART", 'a/X', 'b/X']]);
  assert.deepEqual(read(`${row('1-2', 'x')}\n`), []);
});

test('conllu: comments, carriage returns, a byte order mark, blank lines with blanks, and no empty line at the end', () => {
  const word = row(1, 'a').replace('\n', '\r\n');
  assert.deepEqual(read(`\ufeff# one\r\n#two\r\n${word}\r\n \t\r\n\r\n# three\r\n${word.trimEnd()}`), [['a/X'], ['a/X']]);
  assert.deepEqual([read(''), read('\n\n'), read('# nothing\n')], [[], [], []]);
});

test('conllu: words are as they stand: "#", quotes, blanks, other spaces', () => {
  const words = ['#', '"', '10 000', '\u00a0', '\u2028'];
  assert.deepEqual(read(words.map((word, i) => row(i + 1, word)).join('')), [words.map((word) => `${word}/X`)]);
});

test('conllu: "_" is a tag, and counted; of the word "_" it is what the word is', () => {
  const notes: string[] = [];
  const note = (sentence: string) => void notes.push(sentence);
  assert.deepEqual(read(`${row('1-2', 'x', '_')}${row(1, 'a', '_')}${row(2, '_', 'PUNCT')}`, 'upos', note), [['a/_', '_/PUNCT']]);
  read(`${row(1, 'a')}${row(2, 'b')}${row(3, '_')}`, 'lemma', note);
  read(`${row(1, 'a')}${row(2, '_')}`, 'form', note);
  assert.deepEqual(notes, [
    '1 word has "_" in the column upos, which is used as a tag.',
    '2 words have "_" in the column lemma, which is used as a tag.',
  ]);
});

test('conllu: what is not of the format is refused by its line', () => {
  refuses('# a\n1\ta\tX\n', 'f.conllu:2: The line has 3 columns; CoNLL-U has 10, separated by tabs.');
  refuses('1 a a X _ _ 0 dep _ _\n', 'f.conllu:1: The line has one column; CoNLL-U has 10, separated by tabs.');
  refuses(`${row(1, 'a')}${row(2, 'b').trimEnd()}\t\n`, 'f.conllu:2: The line has 11 columns; CoNLL-U has 10, separated by tabs.');
  refuses(`${row(1, 'a')}# b\n${row(1, 'b')}`, 'f.conllu:3: The word has ID "1", expected 2. Sentences need an empty line between them.');
  refuses(`${row(1, 'a')}${row(3, 'b')}`, 'f.conllu:2: The word has ID "3", expected 2.');
  for (const id of ['01', 'x', '', '1-', '1,2']) refuses(row(id, 'a'), `f.conllu:1: The word has ID "${id}", expected 1.`);
  refuses(row(1, ''), 'f.conllu:1: The word is empty.');
  refuses(row(1, 'a', ''), 'f.conllu:1: The column upos is empty; "_" means none.');
});

// Counted by Python: lines whose first column is digits only. `hash`: SHA-256 of the words, separated by blanks, one sentence per line.
const EWT = [
  {
    name: 'en_ewt-ud-dev.first500.conllu',
    sentences: 500,
    words: 7621,
    xpos: 47,
    feats: 2436,
    hash: '973a6956d089a1dc60c2604e09d8555ba3fa83c1c2f8372281890e5070b82c3e',
    upos: {
      ADJ: 474,
      ADP: 678,
      ADV: 350,
      AUX: 466,
      CCONJ: 211,
      DET: 612,
      INTJ: 17,
      NOUN: 1168,
      NUM: 138,
      PART: 194,
      PRON: 601,
      PROPN: 696,
      PUNCT: 984,
      SCONJ: 140,
      SYM: 15,
      VERB: 857,
      X: 20,
    },
    brackets: [43, 43, 46],
  },
  {
    name: 'en_ewt-ud-test.first300.conllu',
    sentences: 300,
    words: 5224,
    xpos: 45,
    feats: 1648,
    hash: '17f0a43c14bed237adf8adb61356f48794408c4e91087b904c7b5bbd6578d736',
    upos: {
      ADJ: 352,
      ADP: 487,
      ADV: 237,
      AUX: 326,
      CCONJ: 141,
      DET: 416,
      INTJ: 13,
      NOUN: 699,
      NUM: 111,
      PART: 132,
      PRON: 385,
      PROPN: 626,
      PUNCT: 665,
      SCONJ: 105,
      SYM: 8,
      VERB: 521,
    },
    brackets: [17, 17, 53],
  },
];

for (const { name, upos, ...counts } of EWT) {
  const parts = ['tasks', 'data', 'ud_english_ewt', name];
  test(`conllu: UD English EWT, ${name}, as Python counts it`, { skip: unlessShared(...parts) }, () => {
    const file = { path: shared(...parts), name, encoding: 'utf8' } as const;
    const notes: string[] = [];
    const of = (column?: ConlluColumn) => [...conllu({ lines: lines(file), file, column, note: (sentence) => void notes.push(sentence) })];
    const count = (column?: ConlluColumn): Record<string, number> => {
      const found: Record<string, number> = {};
      for (const tag of of(column).flatMap(({ tags }) => tags)) found[tag] = (found[tag] ?? 0) + 1;
      return found;
    };
    const sentences = of();
    const xpos = count('xpos');
    const hash = createHash('sha256')
      .update(sentences.map(({ words }) => words.join(' ')).join('\n'))
      .digest('hex');
    assert.deepEqual(
      {
        sentences: sentences.length,
        words: sentences.flatMap(({ words }) => words).length,
        xpos: Object.keys(xpos).length,
        feats: count('feats')['_'],
        hash,
        brackets: [xpos['-LRB-'], xpos['-RRB-'], xpos['HYPH']],
      },
      counts,
    );
    assert.deepEqual(count(), upos);
    assert.deepEqual(notes, [`${counts.feats} words have "_" in the column feats, which is used as a tag.`]);
  });
}

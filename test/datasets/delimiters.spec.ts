import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READERS } from '../../src/datasets/readers.ts';
import { temporaryFolder } from '../temporary.ts';
import { readAndFind, rejectsWith } from './support.ts';

const folder = temporaryFolder();
const read = (name: string, content: string, options: Readonly<Record<string, string>> = {}) =>
  readAndFind({ reader: READERS[name.slice(2)]!, folder, files: { [name]: content }, options });

type Found = readonly [what: string, name: string, content: string, texts: readonly string[], notes: readonly string[]];
const LONE = 'Spaces after delimiters are ignored, because the header has them too.';

const FOUND: readonly Found[] = [
  ['semicolons', 'f.csv', 'text;label\na, b;x\n3,5;y\n', ['a, b', '3,5'], ['Fields are separated by semicolons.']],
  ['tabs', 'f.csv', 'text\tlabel\na, b\tx\n', ['a, b'], ['Fields are separated by tabs.']],
  ['bars', 'f.csv', 'text|label\na;b|x\n', ['a;b'], ['Fields are separated by vertical bars.']],
  ['commas in .tsv', 'f.tsv', 'text,label\na,x\n', ['a'], ['Fields are separated by commas.']],
  ['a header of commas among semicolons', 'f.csv', 'text,label,a;b\np,x,q;r\n', ['p'], []],
  [
    'a line of Excel',
    'f.csv',
    'sep=;\r\ntext;label\r\na;x\r\n',
    ['a'],
    ['Fields are separated by semicolons, as stated in its first line.'],
  ],
  [
    'a line of Excel in quotes',
    'f.csv',
    '"sep=|"\ntext|label\na|x\n',
    ['a'],
    ['Fields are separated by vertical bars, as stated in its first line.'],
  ],
  ['a line of Excel that says what the name says', 'f.csv', 'sep=,\ntext,label\na,x\n', ['a'], []],
  ['blanks behind delimiters', 'f.csv', 'text, label\n"a, b", "x"\nc, y\n', ['a, b', 'c'], [LONE]],
  ['blanks in the header alone stay text', 'f.csv', ' text ,label\n a ,x\n', [' a '], []],
  ['an index', 'f.csv', ',text,label\n0,a,x\n', ['a'], []],
  ['a last column without a name', 'f.csv', 'text,label,\na,x,\n', ['a'], []],
  ['a mark before a header in quotes', 'f.csv', '\ufeff"text","label"\n"a","x"\n', ['a'], []],
  ['empty lines, and lines of blanks', 'f.csv', 'text,label\n\na,x\n   \n\t\n\n', ['a'], []],
  [
    'quotes as pandas writes them',
    'f.tsv',
    'text\tlabel\n"say ""hi"""\tx\nb\ty\n',
    ['say "hi"', 'b'],
    ['Quotes are read as field quotes, not as text (1 line has a field that begins with one); ambiguous.'],
  ],
  [
    'every field in quotes',
    'f.tsv',
    '"text"\t"label"\n"a"\t"x"\n',
    ['a'],
    ['Quotes are read as field quotes, not as text (2 lines have a field that begins with one); ambiguous.'],
  ],
  [
    'tabs and newlines in quotes',
    'f.tsv',
    'text\tlabel\n"a\tb\tb\nc"\tx\nd\ty\n',
    ['a\tb\tb\nc', 'd'],
    ['Quotes are read as field quotes, not as text (1 line has a field that begins with one).'],
  ],
  [
    'a quote that is never closed',
    'f.tsv',
    'text\tlabel\n"a\tx\nb\ty\n',
    ['"a', 'b'],
    ['Quotes are read as text: as field quotes, they would not match.'],
  ],
  [
    'quotes that begin one text and end another',
    'f.tsv',
    'text\tlabel\n"a\tx\nb"\ty\n"c" d\tx\n',
    ['"a', 'b"', '"c" d'],
    ['Quotes are read as text: as field quotes, they would not match.'],
  ],
  [
    'quotes that would join rows',
    'f.tsv',
    'text\tlabel\n"a\tx\nb\ty\nc"\tx\n',
    ['"a', 'b', 'c"'],
    ['Quotes are read as text: as field quotes, they would join whole rows.'],
  ],
  ['quotes inside alone', 'f.tsv', 'text\tlabel\nsay "hi"\tx\n', ['say "hi"'], []],
  [
    'tabs and quotes in .csv',
    'f.csv',
    'text\tlabel\n"a\tb"\tx\n',
    ['a\tb'],
    ['Fields are separated by tabs.', 'Quotes are read as field quotes, not as text (1 line has a field that begins with one).'],
  ],
];

for (const [what, name, content, texts, notes] of FOUND) {
  test(`delimiters: ${what}`, async () => {
    const found = await read(name, content);
    assert.deepEqual(
      found.examples.map(({ text }) => text),
      texts,
    );
    assert.deepEqual(
      found.notes,
      notes.map((note) => `${name}: ${note}`),
    );
  });
}

test('delimiters: one that is given is taken, and only that', async () => {
  assert.deepEqual(
    (await read('f.csv', 'text:label\na, b:x\n', { delimiter: ':' })).examples.map(({ text }) => text),
    ['a, b'],
  );
  await rejectsWith(
    read('f.csv', 'text;label\na;x\n', { delimiter: ',' }),
    'OPTION',
    'f.csv: No column "text". Did you mean "text;label"? Columns: text;label. Set the text column with `textColumn`.',
  );
});

test('delimiters: if none gives the columns, the header is quoted', async () => {
  await rejectsWith(
    read('f.csv', 'Text;Label\na;x\n'),
    'OPTION',
    'f.csv: No column "text". Did you mean "Text"? Columns: Text, Label. Set the text column with `textColumn`.',
  );
  await rejectsWith(
    read('f.csv', 'text:label\na:x\n'),
    'OPTION',
    'f.csv: No column "text". Did you mean "text:label"? Columns: text:label. Set the text column with `textColumn`. Or ' +
      'set `delimiter`.',
  );
  await rejectsWith(
    read('f.csv', 'text;label\na;x;z\n'),
    'OPTION',
    'f.csv: No column "text". Did you mean "text;label"? Columns: text;label. Set the text column with `textColumn`. Or ' +
      'set `delimiter`.',
  );
});

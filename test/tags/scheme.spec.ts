import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findScheme, schemeOfTags } from '../../src/tags/scheme.ts';
import { SHARED_SPANS, sharedSpans } from './shared-spans.ts';
import { tags } from './reference.ts';

const found = (...lines: string[]) => findScheme(lines.map(tags));
const name = (...lines: string[]) => found(...lines).scheme?.name;
/** Unopened, changed, unclosed, needless. */
const broken = (...lines: string[]) => {
  const { unopened, changed, unclosed, needless } = found(...lines).broken;
  return [unopened, changed, unclosed, needless];
};

test('scheme: each from tags as it has them, and nothing broken', () => {
  for (const [scheme, ...lines] of [
    ['IOB2', 'O B-PER I-PER B-PER B-LOC I-LOC O', 'B-PER'],
    ['IOB2', 'O B-PER O'],
    ['IOB1', 'O I-PER I-PER B-PER I-LOC O', 'I-PER'],
    ['IOB1', 'I-PER'],
    ['IOE1', 'O I-PER E-PER I-PER I-LOC', 'I-PER I-PER'],
    ['IOE2', 'O I-PER E-PER E-PER E-LOC O'],
    ['IOBES', 'S-PER O B-PER I-PER E-PER B-PER E-PER'],
    ['IOBES', 'O S-PER'],
    ['IOBES', 'B-PER E-PER'],
    ['BILOU', 'U-PER O B-PER I-PER L-PER B-PER L-PER'],
    ['BILOU', 'O U-PER'],
    ['BMES', 'S-PER O B-PER M-PER M-PER E-PER'],
    ['BMEOW', 'W-PER O B-PER M-PER E-PER'],
  ] as const) {
    const { told, broken: counts, misfits } = found(...lines);
    assert.equal(name(...lines), scheme, lines.join(' / '));
    assert.deepEqual([told, misfits, counts], ['scheme', [], { unopened: 0, changed: 0, unclosed: 0, needless: 0 }]);
  }
});

test('scheme: words, those that are O, and those whose tag has the form of a scheme', () => {
  const { words, outside, fitting } = found('O B-PER I-PER', '', 'O', 'O O B-LOC');
  assert.deepEqual([words, outside, fitting], [7, 4, 3]);
});

test('scheme: nothing but O, or nothing at all, tells none', () => {
  for (const lines of [['O O', 'O'], [''], []]) assert.deepEqual([name(...lines), found(...lines).told], [undefined, 'nothing']);
});

test('scheme: parts of speech are plain, whatever hyphens they have', () => {
  for (const line of [
    '-LRB- NN HYPH -RRB-',
    'NN B-side',
    'O NN B-PER',
    'A-B B-A',
    'NOUN VERB O',
    'N V',
    '- -- B-',
    'B- I-',
    'VB-Z',
    '``',
    "''",
    '_',
    'O-PER',
    'Ö-x',
  ]) {
    assert.deepEqual([name(line), found(line).told], [undefined, 'form'], line);
  }
});

test('scheme: words with a hyphen that begin with a letter of a scheme are plain without its other letters', () => {
  for (const line of ['E-mail S-bahn', 'S-bahn', 'U-boat', 'M-theory L-shape', 'E-mail O', 'L-shape O']) {
    assert.equal(name(line), undefined, line);
  }
  assert.equal(found('E-mail S-bahn').told, 'letters');
});

test('scheme: lower case, other marks and unknown letters are no form; which tags and how many fit is said', () => {
  for (const line of ['O b-per i-per', 'B_PER I_PER O', 'B:PER', 'PER-B PER-I']) assert.equal(name(line), undefined, line);
  const { told, misfits, fitting } = found('O B-PER I-PER', 'B-LOC X-LOC', 'O b-per X-LOC');
  assert.deepEqual([told, misfits, fitting], ['form', ['X-LOC', 'b-per'], 3]);
});

test('scheme: schemes mixed in a corpus have letters of none, or are one with broken sequences', () => {
  assert.equal(found('B-PER E-PER S-LOC', 'B-PER L-PER U-LOC').told, 'letters');
  assert.equal(found('B-PER I-PER E-PER', 'B-PER M-PER E-PER').told, 'letters');
  assert.equal(found('S-PER B-PER M-PER E-PER', 'W-PER').told, 'letters');
  // Sentences of IOB2 among those of IOBES.
  assert.equal(name('B-PER E-PER S-LOC', 'B-PER I-PER O B-LOC', 'S-PER O'), 'IOBES');
  assert.deepEqual(broken('B-PER E-PER S-LOC', 'B-PER I-PER O B-LOC', 'S-PER O'), [0, 0, 2, 0]);
  // Of IOB1 among those of IOB2.
  assert.equal(name('O B-PER I-PER O B-LOC', 'O I-PER', 'B-LOC'), 'IOB2');
  assert.equal(name('O I-PER I-PER O I-LOC', 'O B-PER'), 'IOB1');
});

test('scheme: broken sequences are counted once each', () => {
  assert.deepEqual(broken('O I-PER I-PER', 'B-PER I-LOC', 'B-PER O B-PER B-LOC', 'I-LOC'), [2, 1, 0, 0]);
  assert.deepEqual(broken('I-PER O B-LOC I-LOC', 'I-PER I-LOC B-LOC', 'I-PER'), [0, 0, 0, 1]);
  const iobes = ['S-PER', 'E-PER O', 'B-PER I-LOC E-LOC', 'B-PER O', 'S-PER I-PER E-PER', 'B-PER E-PER E-PER', 'B-PER S-PER', 'I-PER'];
  assert.deepEqual(broken(...iobes), [4, 1, 3, 0]);
  assert.deepEqual(broken('I-PER E-PER O I-PER O', 'E-PER I-LOC E-PER', 'E-PER', 'E-PER'), [0, 1, 1, 0]);
  assert.deepEqual(broken('I-PER E-PER O', 'I-PER I-PER O', 'I-PER', 'I-PER'), [0, 0, 0, 1]);
});

test('scheme: a broken sequence does not go on into the next sentence', () => {
  assert.deepEqual(broken('O B-PER', 'I-PER O', 'B-PER'), [1, 0, 0, 0]);
});

test('scheme: as many of both kinds are IOB2', () => assert.equal(name('B-PER', 'I-PER'), 'IOB2'));

test('scheme: letters alone are one where all of it are there and stand as it has them', () => {
  const bare = (...lines: string[]) => found(...lines).scheme;
  assert.deepEqual(bare('O B I B', 'O'), { name: 'IOB2', bare: true });
  assert.deepEqual(bare('B E S B M E'), { name: 'BMES', bare: true });
  assert.deepEqual(bare('B I E S O'), { name: 'IOBES', bare: true });
  assert.deepEqual(bare('B I L U'), { name: 'BILOU', bare: true });
  assert.deepEqual(bare('B M E W O'), { name: 'BMEOW', bare: true });
  assert.equal(found('O B I I').fitting, 3);
  for (const lines of [['S B'], ['I I O'], ['B O B'], ['N V'], ['B M E'], ['B I N']]) {
    assert.equal(found(...lines).told, 'form', lines.join());
  }
  assert.equal(found('I B', 'B I').told, 'order');
  // A letter without a type among tags with types is not a tag of the scheme.
  assert.deepEqual([found('B-PER I').told, found('B-PER I').misfits], ['form', ['I']]);
});

/** By the name of a shared case. */
function schemeIn(title: string): string | undefined {
  if (title.includes('IOBES')) return 'IOBES';
  if (title.includes('BILOU')) return 'BILOU';
  if (title.startsWith('IOB1')) return 'IOB1';
  return title.startsWith('only O in gold') ? undefined : 'IOB2';
}

test('scheme: by the tags alone, in any order', () => {
  const schemes: readonly (readonly [readonly string[], string | undefined])[] = [
    [['B-LOC', 'B-PER', 'I-PER', 'O'], 'IOB2'],
    [['I-PER', 'O'], 'IOB1'],
    [['E-PER', 'I-PER', 'O'], 'IOE2'],
    [['B-PER', 'E-PER', 'I-PER', 'O', 'S-LOC', 'S-PER'], 'IOBES'],
    [['B-PER', 'I-PER', 'L-PER', 'O', 'U-LOC'], 'BILOU'],
    [['B', 'I', 'O'], 'IOB2'],
    [['B', 'E', 'M', 'S'], 'BMES'],
    [['ADJ', 'NOUN'], undefined],
    [['O', 'PER'], undefined],
  ];
  for (const [given, expected] of schemes) assert.equal(schemeOfTags(given)?.name, expected, given.join(' '));
});

test('scheme: that of the shared cases', { skip: SHARED_SPANS }, () => {
  for (const { name: title, gold } of sharedSpans()) assert.equal(findScheme(gold).scheme?.name, schemeIn(title), title);
});

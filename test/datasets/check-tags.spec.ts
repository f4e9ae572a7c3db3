import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenDataset } from '../../src/datasets/build.ts';
import { checkData, type Truncation } from '../../src/datasets/check.ts';
import type { Split } from '../../src/datasets/dataset.ts';
import { dataCheckLines } from '../../src/report/data-check.ts';
import { checkRow } from '../../src/report/data-check-fields.ts';

/** `word/tag word/tag` and its split. */
type Sentence = readonly [text: string, split?: Split];
const ASKED = { k: 2, amongAll: true, byTrain: true };

function check(sentences: readonly Sentence[]) {
  const examples = sentences.map(([text, split = 'train']) => {
    const pairs = text.split(' ').map((pair) => [pair.slice(0, pair.lastIndexOf('/')), pair.slice(pair.lastIndexOf('/') + 1)] as const);
    const words = pairs.map(([word]) => word);
    return { text: words.join(' '), words, labels: pairs.map(([, tag]) => tag), split };
  });
  return checkData(tokenDataset({ key: 'toy', labelField: 'label', examples, sample: '' }), ASKED);
}

const lines = (sentences: readonly Sentence[], truncation: readonly Truncation[] = []) =>
  dataCheckLines(check(sentences), truncation).map(({ text }) => text);
const findings = (...sentences: Sentence[]) =>
  dataCheckLines(check(sentences), [])
    .filter(({ kind }) => kind === 'finding')
    .map(({ text }) => text.slice('toy: '.length));

const WELL: readonly Sentence[] = [
  ['EU/B-ORG rejects/O German/B-MISC call/O'],
  ['Peter/B-PER Blackburn/I-PER'],
  ['New/B-ORG York/I-ORG won/O', 'test'],
  ['They/O lost/O', 'test'],
];

test('data check of tags: three lines where all is well', () => {
  assert.deepEqual(lines(WELL.map(([text, split]) => [text.replace('B-MISC', 'B-ORG'), split])), [
    'toy: 4 sentences (train 2, test 2), 11 words, 5 tags: O (5), B-ORG (3), B-PER (1), I-ORG (1), I-PER (1); scheme IOB2, 4 spans; always O has ' +
      'accuracy 45.45% and micro-F1 0.00% without O, on test accuracy 60.00% and micro-F1 0.00% without O.',
    'toy: no empty sentences, no duplicates, no sentence of test in train.',
    'toy: longest sentence 4 words.',
    'toy: test has 1 tag that train lacks: I-ORG (1). No classifier trained on train gives it.',
  ]);
});

test('data check of tags: without an O the most frequent tag is the baseline, and its accuracy the micro-F1', () => {
  const plain: Sentence[] = [['a/DET dog/NOUN barks/VERB'], ['dogs/NOUN bark/VERB loud/NOUN'], ['a/DET cat/NOUN', 'test']];
  assert.equal(
    lines(plain)[0],
    'toy: 3 sentences (train 2, test 1), 8 words, 3 tags: NOUN (4), DET (2), VERB (2); plain tags, no scheme of spans; always NOUN has accuracy 50.00%, ' +
      'on test accuracy 50.00%.',
  );
  const { majority, testMajority, tags } = check(plain);
  assert.deepEqual(majority, { class: 'NOUN', accuracy: 0.5, microF1: 0.5 });
  assert.deepEqual(testMajority, { class: 'NOUN', accuracy: 0.5, microF1: 0.5 });
  assert.equal(tags!.spans, undefined);
});

test('data check of tags: broken sequences by their kind, in the scheme that is found', () => {
  const two = findings(['a/B-x b/I-x c/I-y'], ['d/O e/I-x f/O g/B-y'], ['h/B-x i/O']);
  assert.deepEqual(two, [
    '2 of 9 tags stand where IOB2 does not have them: 1 inside or end where no span is open and 1 inside or end of another type than the span that is open.',
  ]);
  const ends = findings(['a/B-x b/E-x c/O d/S-y'], ['e/B-x f/O g/S-x'], ['h/S-y i/O']);
  assert.deepEqual(ends, ['1 of 9 tags stands where IOBES does not have them: 1 span without its end.']);
});

test('data check of tags: what makes tags plain that look like a scheme', () => {
  assert.deepEqual(findings(['a/B-x b/I-x c/O d/oops'], ['e/B-x f/O g/O']), [
    '3 of 4 tags but O are a letter, a hyphen and a type, and oops is not: all are read as plain tags, and no spans of them.',
  ]);
  assert.deepEqual(findings(['a/B-x b/M-x c/L-x d/O'], ['e/U-x f/O g/B-x']), [
    'All tags but O are a letter, a hyphen and a type, and no scheme has all their letters: they are read as plain tags.',
  ]);
});

test('data check of tags: one tag, tags alike, words of nothing, repeated sentences and other tags of theirs, leaks', () => {
  assert.deepEqual(findings(['a/O b/O'], ['c/O']), ['All words have the tag O: at least two are required to score anything.']);
  assert.deepEqual(findings(['a/NOUN b/noun c/VERB']), ['Tags that differ by case or white space alone: "NOUN" and "noun".']);
  assert.deepEqual(findings(['\ufe0f/X a/Y /X']), [
    '2 of 3 words have no letter, digit or sign (white space, variation selectors): some encoders have no token for them.',
  ]);
  assert.deepEqual(
    findings(['a/X b/Y'], ['a/X b/Y'], ['a/X b/X'], ['a/X b/Y', 'test']),
    [
      '3 of 4 sentences repeat an earlier one (after trimming), 2 of them with the same tags: `deduplicate` drops those.',
      '1 sentence has conflicting tags in 4 rows: "a b" is X Y and X X.',
      '1 of 1 sentence of test (100.00%) is also in train (leakage).',
      'All 4 sentences are equal.',
    ].toSorted((a, b) => Number(b.startsWith('All')) - Number(a.startsWith('All'))),
  );
  assert.deepEqual(findings(['a/X b/Y', 'test'], ['c/X', 'test']), [
    'There is no train set: of the 2 sentences only leave-one-out and complete can be scored.',
  ]);
});

test('data check of tags: sentences that are truncated, and words behind the limit', () => {
  const truncation = [{ encoder: 'e', maxLength: 8, texts: 1, words: 3, estimated: false }];
  assert.equal(
    lines(WELL, truncation)[2],
    'toy: longest sentence 4 words; truncated sentences: 1 of 4 (25.00%) by e (8 tokens, 3 words cut off).',
  );
  assert.equal(
    lines(WELL, [{ encoder: 'e', maxLength: 128, texts: 0, words: 0, estimated: false }])[2],
    'toy: longest sentence 4 words; truncated sentences: none.',
  );
});

test('data check of tags: columns for programs', () => {
  const truncation = [{ encoder: 'e', maxLength: 8, texts: 1, words: 3, estimated: false }];
  const row = checkRow(check(WELL), truncation);
  const { task, texts, classes, words, tag_scheme: scheme, spans, outside_percent: outside, broken_sequences: broken } = row;
  assert.deepEqual(
    [task, texts, classes, words, scheme, spans, outside, broken],
    ['token-classification', '4', '6', '11', 'IOB2', '4', '45.45', '0'],
  );
  assert.deepEqual(
    [row.majority_class, row.majority_accuracy, row.majority_micro_f1, row.test_majority_accuracy],
    ['O', '45.45', '0.00', '60.00'],
  );
  assert.deepEqual([row.truncated_texts, row.truncated_words, row.target_mean], ['1', '3', '']);
  assert.deepEqual(row.truncated, [{ encoder: 'e', prompt: null, max_length: 8, texts: 1, words: 3, percent: 25, estimated: false }]);
  assert.deepEqual(row.class_texts.at(-1), { name: 'O', texts: 5, train: 2, dev: 0, test: 3 });
  const plain = checkRow(check([['a/X b/Y']]), []);
  assert.deepEqual([plain.tag_scheme, plain.spans, plain.broken_sequences, plain.truncated_words], ['plain', '', '', '']);
});

test('data check of tags: dev or test without a tag but O, whose F1 is 0 whatever is predicted', () => {
  const train: Sentence = ['EU/B-ORG rejects/O'];
  assert.deepEqual(findings(train, ['They/O lost/O', 'dev'], ['It/O rains/O', 'test']), [
    'No word of dev has a tag but O: F1 there is 0 whatever is predicted, and dev can choose neither an epoch nor an encoder.',
    'No word of test has a tag but O: F1 there is 0 whatever is predicted.',
  ]);
  assert.deepEqual(findings(train, ['EU/B-ORG lost/O', 'dev']), []);
});

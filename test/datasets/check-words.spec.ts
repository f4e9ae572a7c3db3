import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordFindings } from '../../src/datasets/check-words.ts';

const classes = (...names: string[]) => names.map((name) => ({ name, texts: 1 }));

test('data check: words for missing values among classes and texts, as pandas takes them', () => {
  const words = ['nan', 'NaN', 'NA', 'N/A', '<NA>', 'None', 'null', 'NULL', '#N/A', 'n/a', '-nan', '\\N', 'NaT'];
  assert.deepEqual(
    wordFindings(classes(...words, 'pos'), []).missingClasses.map(({ name }) => name),
    words,
  );
  assert.deepEqual(wordFindings(classes('none', 'NONE', 'na', 'Nan', 'N', '-', '?', 'nano', '0'), []).missingClasses, []);
  assert.equal(wordFindings(classes('a'), ['nan', ' None\n', 'none', 'nan is a word', '']).missingTexts, 2);
});

test('data check: classes and texts that are all printed by a program', () => {
  for (const name of [
    "['a', 'b']",
    '["a", "b"]',
    "['a' 'b']",
    "('a',)",
    "{'a', 'b'}",
    '[0, 1]',
    '[0 1]',
    "b'pos'",
    'b"it\'s"',
    "['a\nb']",
  ]) {
    assert.equal(wordFindings(classes(name, "['z']"), ['text']).printedClass, name);
    assert.equal(wordFindings(classes('a'), [name, name]).printedText, name);
  }
  for (const name of ['a', '[a]', '[MASK]', "b's", "'a'", '(sic)', '[]b', 'b']) {
    assert.equal(wordFindings(classes(name), [name]).printedClass, undefined, name);
  }
  assert.equal(wordFindings(classes("['a']", 'b'), ["['a']", 'b']).printedText, undefined);
});

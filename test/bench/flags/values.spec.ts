import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delimiterValue, encodingValue, frozenValue, limitValue, secondsOf } from '../../../bench/flags/values.ts';

test('--delimiter: a character, or a word for one', () => {
  for (const [value, delimiter] of [
    [',', ','],
    [';', ';'],
    ['|', '|'],
    ['tab', '\t'],
    ['\\t', '\t'],
    ['\t', '\t'],
    ['TAB', '\t'],
    ['semicolon', ';'],
    ['space', ' '],
    ['pipe', '|'],
    ['~', '~'],
  ] as const) {
    assert.equal(delimiterValue(value), delimiter, value);
  }
  for (const value of ['', '||', '"', 'a', '1', '\n', 'é', 'constructor', '😂']) {
    assert.throws(() => delimiterValue(value), { code: 'OPTION' }, JSON.stringify(value));
  }
  assert.throws(() => delimiterValue('||'), {
    message:
      '--delimiter: "||" does not separate fields. It takes one character (",", ";", "|") or a word: tab, comma, semicolon, pipe, space.',
  });
});

test('--encoding: a name that is known, with the one likely meant', () => {
  assert.equal(encodingValue('CP1252'), 'windows-1252');
  assert.throws(() => encodingValue('windows-1525'), {
    code: 'OPTION',
    message: /^--encoding: There is no encoding "windows-1525"\. Did you mean "windows-1252", .+ It takes utf8, utf-16le, /,
  });
});

test('--limit: a number, or numbers by split; what is neither is left to the shape of requests', () => {
  assert.deepEqual([limitValue('2000'), limitValue('train=10,dev=0'), limitValue('many')], [2000, { train: 10, dev: 0 }, 'many']);
  for (const value of ['constructor=3', 'train=', 'train=1,train=2', 'train=1,2', '=3']) {
    assert.throws(() => limitValue(value), { code: 'OPTION' }, value);
  }
});

test('--budget: seconds of a time', () => {
  assert.deepEqual([secondsOf('90s'), secondsOf('2m'), secondsOf('1.5h')], [90, 120, 5400]);
  for (const value of ['3constructor', '90', '0.5s', '241h', '']) assert.throws(() => secondsOf(value), { code: 'OPTION' }, value);
});

test('--freeze: embeddings, layers and ranges of them', () => {
  assert.deepEqual(['embeddings', '4', '0-2'].map(frozenValue), [['embeddings'], [4], [0, 1, 2]]);
  for (const value of ['2-1', 'layers', '-1', '1-']) assert.throws(() => frozenValue(value), { code: 'OPTION' }, value);
});

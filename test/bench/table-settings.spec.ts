import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delimiterOf, encodingOf, tableFlags } from '../../bench/table-settings.ts';

const flag = (name: string, value: string) => ({ _: [], [name]: value });

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
  ])
    assert.equal(delimiterOf(flag('delimiter', value!)), delimiter, value);
  for (const value of ['', '||', '"', 'a', '1', '\n', 'é', 'constructor', '😂']) {
    assert.throws(() => delimiterOf(flag('delimiter', value)), { code: 'OPTION' }, JSON.stringify(value));
  }
  assert.throws(() => delimiterOf(flag('delimiter', '||')), {
    message:
      '--delimiter: "||" does not separate fields. It takes one character (",", ";", "|") or a word: tab, comma, semicolon, pipe, space.',
  });
});

test('--encoding: a name that is known, with the one likely meant', () => {
  assert.equal(encodingOf(flag('encoding', 'CP1252')), 'windows-1252');
  assert.throws(() => encodingOf(flag('encoding', 'windows-1525')), {
    code: 'OPTION',
    message: /^--encoding: There is no encoding "windows-1525"\. Did you mean "windows-1252", .+ It takes utf8, utf-16le, /,
  });
});

test('flags of tables: those that were given', () => {
  assert.deepEqual(tableFlags({ _: [], delimiter: ';', 'skip-invalid': false }), ['--delimiter']);
  assert.deepEqual(tableFlags({ _: [] }), []);
});

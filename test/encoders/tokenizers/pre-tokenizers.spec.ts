import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonNode } from '../../../src/encoders/tokenizers/json-node.ts';
import { preTokenizerOf } from '../../../src/encoders/tokenizers/pre-tokenizers.ts';

function words(part: JsonNode | null, text: string, first = true): string[] {
  const preTokenizer = preTokenizerOf(part);
  return preTokenizer.words(text, first).map((word) => preTokenizer.spell(word));
}

const TEXT = "hi  you..are 12. '23!";

// Expected lists are those of tokenizers 0.23.3.
const CASES: readonly (readonly [part: JsonNode, words: readonly string[]])[] = [
  [{ type: 'BertPreTokenizer' }, ['hi', 'you', '.', '.', 'are', '12', '.', "'", '23', '!']],
  [{ type: 'ByteLevel', add_prefix_space: true, use_regex: true }, ['Ġhi', 'Ġ', 'Ġyou', '..', 'are', 'Ġ12', '.', "Ġ'", '23', '!']],
  [{ type: 'ByteLevel', add_prefix_space: true, use_regex: false }, ["ĠhiĠĠyou..areĠ12.Ġ'23!"]],
  [{ type: 'CharDelimiterSplit', delimiter: '.' }, ['hi  you', 'are 12', " '23!"]],
  [{ type: 'Digits', individual_digits: true }, ['hi  you..are ', '1', '2', ". '", '2', '3', '!']],
  [{ type: 'Digits', individual_digits: false }, ['hi  you..are ', '12', ". '", '23', '!']],
  [{ type: 'Metaspace', replacement: '▁', add_prefix_space: true }, ['▁hi', '▁', '▁you..are', '▁12.', "▁'23!"]],
  [{ type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: true }, ['hi', '▁', '▁you..are', '▁12.', "▁'23!"]],
  [{ type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: false }, ["▁hi▁▁you..are▁12.▁'23!"]],
  [{ type: 'Punctuation' }, ['hi  you', '.', '.', 'are 12', '.', ' ', "'", '23', '!']],
  [{ type: 'Punctuation', behavior: 'Contiguous' }, ['hi  you', '..', 'are 12', '.', ' ', "'", '23', '!']],
  [{ type: 'Punctuation', behavior: 'MergedWithPrevious' }, ['hi  you.', '.', 'are 12.', " '", '23!']],
  [{ type: 'Punctuation', behavior: 'MergedWithNext' }, ['hi  you', '.', '.are 12', '. ', "'23", '!']],
  [{ type: 'Punctuation', behavior: 'Removed' }, ['hi  you', 'are 12', ' ', '23']],
  [{ type: 'Split', pattern: { String: '.' }, behavior: 'Isolated', invert: true }, ['hi  you', '.', '.', 'are 12', '.', " '23!"]],
  [
    { type: 'Split', pattern: { Regex: '\\w+|[^\\w\\s]+' }, behavior: 'MergedWithPrevious', invert: true },
    ['hi  ', 'you', '..', 'are ', '12', '. ', "'", '23', '!'],
  ],
  [{ type: 'Whitespace' }, ['hi', 'you', '..', 'are', '12', '.', "'", '23', '!']],
  [{ type: 'WhitespaceSplit' }, ['hi', 'you..are', '12.', "'23!"]],
  [
    {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Punctuation', behavior: 'Isolated' },
        { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true },
      ],
    },
    ['▁hi', '▁', '▁you', '.', '.', 'are', '▁12', '.', '▁', "'", '23', '!'],
  ],
  [
    {
      type: 'Sequence',
      pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }],
    },
    ['▁hi', '▁you..are', '▁12.', "▁'23!"],
  ],
  [{ type: 'Sequence', pretokenizers: [] }, [TEXT]],
];

for (const [part, expected] of CASES) {
  test(`pre-tokenizers: ${JSON.stringify(part)}`, () => assert.deepEqual(words(part, TEXT), expected));
}

test('pre-tokenizers: without one a text is one word', () => assert.deepEqual(words(null, TEXT), [TEXT]));

test('pre-tokenizers: a blank is set before the first text alone where the file says so, and never before one that has it', () => {
  const first = { type: 'Metaspace', prepend_scheme: 'first' };
  assert.deepEqual(words(first, 'a b', true), ['▁a', '▁b']);
  assert.deepEqual(words(first, 'a b', false), ['a', '▁b']);
  assert.deepEqual(words({ type: 'Metaspace', add_prefix_space: false }, 'a'), ['a']);
  assert.deepEqual(words({ type: 'Metaspace' }, ' a'), ['▁a']);
  assert.deepEqual(words({ type: 'ByteLevel', add_prefix_space: true }, ' a'), ['Ġa']);
});

test('pre-tokenizers: bytes are spelled in the alphabet of GPT-2, and white space is what Unicode calls so', () => {
  assert.deepEqual(words({ type: 'ByteLevel' }, 'é\u0085我\u00AD'), ['Ã©', 'Âħ', 'æĪĳ', 'ÂŃ']);
  assert.deepEqual(words({ type: 'ByteLevel' }, "we'll  go"), ['we', "'ll", 'Ġ', 'Ġgo']);
  assert.deepEqual(words({ type: 'ByteLevel' }, 'a\ufeffb'), ['a', 'ï»¿', 'b']);
  assert.deepEqual(words({ type: 'BertPreTokenizer' }, 'a\u0085b\ufeffc'), ['a', 'b\ufeffc']);
});

test('pre-tokenizers: in a Sequence words are spelled before the next one sees them', () => {
  const sequence = {
    type: 'Sequence',
    pretokenizers: [{ type: 'ByteLevel' }, { type: 'Split', pattern: { String: 'Ã' }, behavior: 'Isolated' }],
  };
  assert.deepEqual(words(sequence, 'né'), ['n', 'Ã', '©']);
});

test('pre-tokenizers: one that is not supported, or lacks what it needs, is refused', () => {
  assert.throws(() => preTokenizerOf({ type: 'UnicodeScripts' }), { message: 'pre_tokenizer "UnicodeScripts" is not supported' });
  assert.throws(() => preTokenizerOf({ type: 'Punctuation', behavior: 'isolated' }), {
    message: 'behavior "isolated" is not one of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous',
  });
  assert.throws(() => preTokenizerOf({ type: 'Metaspace', replacement: 'ab' }), { message: 'replacement "ab" is not a single character' });
  assert.throws(() => preTokenizerOf({ type: 'Metaspace', prepend_scheme: 'last' }), {
    message: 'prepend_scheme "last" is not one of always, first, never',
  });
  assert.throws(() => preTokenizerOf({ type: 'Sequence', pretokenizers: null }), { message: 'pretokenizers is not a list' });
});

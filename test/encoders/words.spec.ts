import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { TextTokenizer } from '../../src/encoders/tokenizer.ts';
import { wordStarts } from '../../src/encoders/words.ts';
import { expected, ownOracle } from '../oracles.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';
import { tinyTokenizer } from '../tiny-encoder.ts';

const file = path.join(temporaryFolder(), 'tokenizer.json');
writeFileSync(file, JSON.stringify(tinyTokenizer()));

test('word starts: the first sub-token of each word', async () => {
  const tokenizer = await TextTokenizer.read(file);
  // abc -> a ##b ##c
  assert.deepEqual([...wordStarts('what abc is', tokenizer)], [0, 1, 4]);
  assert.deepEqual([...wordStarts("  who's the??", tokenizer)], [0, 1, 2, 3, 4]);
});

test('word starts: a text without words has none', async () => {
  const tokenizer = await TextTokenizer.read(file);
  assert.deepEqual([...wordStarts('', tokenizer)], []);
  assert.deepEqual([...wordStarts(' \n\t ', tokenizer)], []);
});

test('word starts: an unknown word is one token, and those after it are found all the same', async () => {
  const tokenizer = await TextTokenizer.read(file);
  assert.deepEqual([...wordStarts('what ééé12 is abc', tokenizer)], [0, 1, 2, 3]);
});

test(
  'word starts: equal the reference where it splits words before it tokenises',
  { skip: unlessShared('oracles/bert-uncased') },
  async () => {
    const tokenizer = await TextTokenizer.read(shared('oracles/bert-uncased/tokenizer.json'));
    const { texts, transformer_ranker: ranker, max_length: limit } = expected(shared('oracles', 'bert-uncased'));
    let compared = 0;
    for (const [i, index] of ranker!.text_indices.entries()) {
      const { ids } = tokenizer.encode(texts[index]!, limit);
      const ours = ranker!.input_ids[i]!.slice(0, ids.length);
      if (ours.join() !== [...ids].join()) continue; // a literal special token stays one token only when words are not split first
      const words = ranker!.word_ids[i]!;
      const starts = words.flatMap((word, token) => (word !== null && word !== words[token - 1] ? [token - tokenizer.leading] : []));
      assert.deepEqual(
        [...wordStarts(texts[index]!, tokenizer)].filter((start) => start < ids.length - tokenizer.specials),
        starts,
        `text ${index}`,
      );
      compared++;
    }
    assert.ok(compared >= 8, `${compared} texts compared`);
  },
);

test('word starts: byte-level tokens are matched by their bytes', async () => {
  const tokenizer = await TextTokenizer.read(ownOracle('roberta', 'tokenizer.json'));
  const text = 'Žluťoučký table, river is it?';
  const { tokens } = tokenizer.body(text);
  const starts = wordStarts(text, tokenizer);
  assert.equal(starts.length, 7);
  for (const start of starts.slice(1, 2)) assert.match(tokens[start]!, /^Ġ/);
  assert.equal(tokens[starts[2]!], ',');
  assert.equal(tokens[starts[6]!], '?');
});

test('word starts: none is looked for from the limit on', async () => {
  const tokenizer = await TextTokenizer.read(file);
  assert.deepEqual([...wordStarts('what abc is', tokenizer, { limit: 4 })], [0, 1]);
  assert.deepEqual([...wordStarts('what ééé12 is abc', tokenizer, { limit: 2 })], [0, 1]);
});

test('word starts: a word that the tokenizer glues to the one before it begins inside a token', async () => {
  const tokenizer = await TextTokenizer.read(ownOracle('bert-cased', 'tokenizer.json'));
  // U+0085 is white space between words, and ignored by BERT.
  const text = 'line one\u0085line two';
  assert.deepEqual(tokenizer.body(text).tokens, [
    'l',
    '##i',
    '##n',
    '##e',
    'o',
    '##n',
    '##e',
    '##l',
    '##i',
    '##n',
    '##e',
    't',
    '##w',
    '##o',
  ]);
  assert.deepEqual([...wordStarts(text, tokenizer)], [0, 4, 7, 11]);
});

test('word starts: the time for a long text with unknown words grows with its length', async () => {
  const tokenizer = await TextTokenizer.read(file);
  const begun = performance.now();
  assert.equal(wordStarts('what ééé12 '.repeat(40_000), tokenizer).length, 80_000);
  assert.equal(wordStarts(`ééé12${'.a'.repeat(200_000)}`, tokenizer, { limit: 512 }).length, 512);
  // Less than a second; with quadratic time it would be minutes.
  assert.ok(performance.now() - begun < 15_000);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { encodeWords } from '../../src/encoders/encode-words.ts';
import type { Prompt } from '../../src/encoders/prompted-text.ts';
import { alone, TextTokenizer } from '../../src/encoders/tokenizer.ts';
import { openTokenizer } from '../../src/encoders/tokenizers/open-tokenizer.ts';
import type { WordTokens } from '../../src/encoders/word-tokens.ts';
import { shared, unlessShared } from '../shared.ts';
import { BYTE_LEVEL, MARKED_BLANKS, SPLIT_BYTES, UNIGRAM, WORD_PIECE } from './given-word-tokenizers.ts';

interface Reading {
  readonly maxLength?: number;
  readonly prompt?: string;
  readonly side?: 'left' | 'right';
  readonly dropped?: number;
}

function read(json: object, words: readonly string[], { maxLength = Infinity, prompt, side = 'right', dropped }: Reading = {}): WordTokens {
  const tokenizer = TextTokenizer.parse(JSON.stringify(json), {
    where: 'tokenizer.json',
    beside: (node) => ({ ...alone(node), truncation: side, dropped }),
  });
  const before: Prompt | undefined = prompt === undefined ? undefined : { name: undefined, text: prompt, length: 0, tokens: 0 };
  return encodeWords({ tokenizer, maxLength, prompt: before }, words);
}

function listed({ ids, spans, lost }: WordTokens): object {
  return { ids: [...ids], spans: [...spans], lost: [...lost] };
}

/** As in `tokenizers`: the word index of each token, null for special ones. */
function wordIds({ ids, spans }: WordTokens): (number | null)[] {
  const words = Array.from(ids, (): number | null => null);
  for (let word = 0; 2 * word < spans.length; word++) words.fill(word, spans[2 * word], spans[2 * word + 1]);
  return words;
}

// Ids and word ids by tokenizers 0.23.3: encode(words, is_pretokenized=True), ByteLevel(add_prefix_space=True).
const CASES = [
  {
    kind: 'WordPiece: a word may hold blanks, be a special token, or have no sub-tokensss',
    json: WORD_PIECE,
    words: ['playing', '10 000', '\ufe0f', '\u200b', '[SEP]', 'play-s', ''],
    ids: [2, 4, 5, 7, 8, 9, 1, 3, 4, 10, 1, 3],
    of: [null, 0, 0, 1, 1, 1, 2, 4, 5, 5, 5, null],
  },
  {
    kind: 'byte-level: every word has its blank, whatever tokenizer.json says; an added token has none',
    json: BYTE_LEVEL,
    words: ['ab', 'a1', ' ab', '<s>', 'a<s>b', 'ba ab', '', ' '],
    ids: [0, 10, 8, 7, 10, 0, 8, 0, 6, 5, 6, 5, 4, 10, 6, 2],
    of: [null, 0, 1, 1, 2, 3, 4, 4, 4, 4, 5, 5, 5, 5, 7, null],
  },
  {
    kind: 'SentencePiece: each word is a text of its own, also ▁ alone',
    json: UNIGRAM,
    words: ['ab', '▁', '10 00', '<s>', 'a▁b', ' a', '', ' '],
    ids: [0, 8, 4, 4, 9, 10, 4, 10, 10, 0, 7, 4, 6, 7, 4, 2],
    of: [null, 0, 1, 2, 2, 2, 2, 2, 2, 3, 4, 4, 4, 5, 7, null],
  },
  // For words preceded by a blank: the two below have no vocabulary entry of their own for it.
  {
    kind: 'bytes behind a pattern: the blank stands before the word, not before each piece',
    json: SPLIT_BYTES,
    words: ['ab', 'a11', ' ab', 'a-b', 'b a'],
    ids: [0, 10, 8, 7, 7, 10, 8, 12, 5, 6, 5, 8, 2],
    of: [null, 0, 1, 1, 1, 2, 3, 3, 3, 4, 4, 4, null],
  },
  {
    kind: 'a normalizer that marks blanks: words are not glued together',
    json: MARKED_BLANKS,
    words: ['ab', 'a11', ' ab', 'a-b', 'b a'],
    ids: [0, 10, 8, 7, 7, 10, 8, 12, 5, 6, 5, 8, 2],
    of: [null, 0, 1, 1, 1, 2, 3, 3, 3, 4, 4, 4, null],
  },
];

for (const { kind, json, words, ids, of } of CASES) {
  test(`words given: ${kind}`, () => {
    const tokens = read(json, words);
    assert.deepEqual([...tokens.ids], ids);
    assert.deepEqual(wordIds(tokens), of);
    assert.equal(tokens.total, ids.length);
  });
}

test('words given: they have the tokens of running text', () => {
  for (const json of [BYTE_LEVEL, SPLIT_BYTES, MARKED_BLANKS]) {
    const tokenizer = TextTokenizer.parse(JSON.stringify(json), { where: 'tokenizer.json' });
    const running = tokenizer.encode('b ab a11', Infinity).ids.subarray(2);
    assert.deepEqual(read(json, ['ab', 'a11']).ids.subarray(1), running);
  }
});

test('words given: what the limit cuts, and why a word is lost', () => {
  const words = ['playing', '\u200b', '10', 'plays', '-'];
  const whole = read(WORD_PIECE, words);
  assert.deepEqual(listed(whole), { ids: [2, 4, 5, 7, 4, 6, 10, 3], spans: [1, 3, 3, 3, 3, 4, 4, 6, 6, 7], lost: [0, 1, 0, 0, 0] });
  // The limit cuts through a word: it keeps its first sub-token.
  const cut = read(WORD_PIECE, words, { maxLength: 6 });
  assert.deepEqual(listed(cut), { ids: [2, 4, 5, 7, 4, 3], spans: [1, 3, 3, 3, 3, 4, 4, 5, 5, 5], lost: [0, 1, 0, 0, 2] });
  assert.equal(cut.total, 8);
  const none = read(WORD_PIECE, words, { maxLength: 2 });
  assert.deepEqual(
    [[...none.ids], [...none.lost]],
    [
      [2, 3],
      [2, 1, 2, 2, 2],
    ],
  );
  assert.deepEqual([[...read(WORD_PIECE, []).ids], read(WORD_PIECE, []).spans.length], [[2, 3], 0]);
});

test('words given: tokens are dropped at the left where the files say so, and the first words with them', () => {
  const words = ['playing', '\u200b', '10', 'plays', '-'];
  const cut = read(WORD_PIECE, words, { maxLength: 7, side: 'left' });
  assert.deepEqual(listed(cut), { ids: [2, 5, 7, 4, 6, 10, 3], spans: [1, 2, 2, 2, 2, 3, 3, 5, 5, 6], lost: [0, 1, 0, 0, 0] });
  const more = read(WORD_PIECE, words, { maxLength: 6, side: 'left' });
  assert.deepEqual(
    [[...more.ids], [...more.lost]],
    [
      [2, 7, 4, 6, 10, 3],
      [2, 1, 0, 0, 0],
    ],
  );
});

test('words given: a prompt precedes them, is not a word, and is kept', () => {
  const words = ['playing', '10', '-'];
  const right = read(WORD_PIECE, words, { prompt: 'play - ', maxLength: 6 });
  assert.deepEqual(
    [[...right.ids], wordIds(right), [...right.lost]],
    [
      [2, 4, 10, 4, 5, 3],
      [null, null, null, 0, 0, null],
      [0, 2, 2],
    ],
  );
  const left = read(WORD_PIECE, words, { prompt: 'play - ', maxLength: 6, side: 'left' });
  assert.deepEqual(
    [[...left.ids], wordIds(left), [...left.lost]],
    [
      [2, 4, 10, 7, 10, 3],
      [null, null, null, 1, 2, null],
      [2, 0, 0],
    ],
  );
  // The blank between prompt and word occurs once.
  const tokenizer = TextTokenizer.parse(JSON.stringify(BYTE_LEVEL), { where: 'tokenizer.json' });
  assert.deepEqual(read(BYTE_LEVEL, ['ab', 'a1'], { prompt: 'b- ' }).ids, tokenizer.encode('b- ab a1', Infinity).ids);
});

test('words given: a token that texts do not have is left out behind the cut', () => {
  const { ids, spans, lost, total } = read(WORD_PIECE, ['play', 'xyz', 'plays', '10'], { maxLength: 6, dropped: 1 });
  assert.deepEqual([[...ids], [...spans], [...lost], total], [[2, 4, 4, 6, 3], [1, 2, 2, 2, 2, 4, 4, 4], [0, 1, 0, 2], 7]);
});

interface Sentence {
  readonly words: string[];
  readonly input_ids: number[];
  readonly word_ids: (number | null)[];
  readonly lost_words: number[];
  readonly truncated: boolean;
}

interface Oracle {
  readonly sentences: Sentence[];
  readonly max_length: number;
}

for (const name of ['bert-cased', 'roberta', 'deberta-v3']) {
  const file = ['tasks', 'oracles', name, 'token_vectors.json'];
  test(`words given: ${name} has the ids and words of the tokenizers library`, { skip: unlessShared(...file) }, async () => {
    const { sentences, max_length: maxLength } = JSON.parse(readFileSync(shared(...file), 'utf8')) as Oracle;
    const tokenizer = await openTokenizer(shared('oracles', name));
    assert.equal(sentences.length, 12);
    for (const { words, input_ids: ids, word_ids: of, lost_words: lost, truncated } of sentences) {
      const tokens = encodeWords({ tokenizer, maxLength }, words);
      assert.deepEqual([...tokens.ids], ids);
      assert.deepEqual(wordIds(tokens), of);
      assert.deepEqual(
        [...tokens.lost.keys()].filter((word) => tokens.lost[word] !== 0),
        lost,
      );
      assert.equal(tokens.total > maxLength, truncated);
    }
  });
}

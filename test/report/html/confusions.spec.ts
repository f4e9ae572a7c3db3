import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confusionsOf } from '../../../src/report/html/confusions.ts';
import { PageTexts } from '../../../src/report/html/texts.ts';

const sets = (...each: number[][]): Int32Array[] => each.map((set) => Int32Array.from(set));

test('confusions: most often first, with rows of the corpus', () => {
  const outcomes = {
    kind: 'single',
    truth: Int32Array.of(0, 0, 0, 1, 2, 2),
    predicted: Int32Array.of(0, 1, 1, 1, 0, 2),
    classes: 3,
  } as const;
  assert.deepEqual(confusionsOf(outcomes, [10, 11, 12, 13, 14, 15]), {
    n: 6,
    multi: false,
    counts: [
      [3, 1, 1],
      [1, 1, 2],
      [2, 1, 0],
    ],
    pairs: [
      [0, 1, 2],
      [2, 0, 1],
    ],
    rest: 0,
    examples: [[11, 12], [14]],
  });
  assert.deepEqual(confusionsOf(outcomes, undefined).examples, []);
});

test('confusions: of several labels, what was missed with what was given wrongly, or with nothing', () => {
  const outcomes = { kind: 'multi', truth: sets([0, 1], [2], [1]), predicted: sets([0, 2], [], [1, 2]), classes: 3 } as const;
  assert.deepEqual(confusionsOf(outcomes, undefined), {
    n: 3,
    multi: true,
    counts: [
      [1, 1, 0],
      [2, 1, 0],
      [1, 0, 2],
    ],
    pairs: [
      [1, 2, 1],
      [2, -1, 1],
    ],
    rest: 0,
    examples: [],
  });
});

test('confusions: of very many pairs the first are kept, the rest counted', () => {
  const n = 1500;
  const truth = Int32Array.from({ length: n }, (_, i) => i);
  const { pairs, rest } = confusionsOf({ kind: 'single', truth, predicted: truth.map((label) => (label + 1) % n), classes: n }, undefined);
  assert.deepEqual([pairs.length, rest], [1000, 500]);
});

test('page texts: each once and bounded, until the page is full', () => {
  const texts = new PageTexts();
  const known: Record<number, string> = {};
  texts.take([0, 1, 1], ['short', 'x'.repeat(500)], known);
  assert.deepEqual([known[0], known[1]!.length], ['short', 401]);
  texts.take(
    Array.from({ length: 30_000 }, (_, i) => i + 2),
    Array.from({ length: 30_002 }, () => 'y'.repeat(400)),
    known,
  );
  assert.ok(texts.left > 0);
  assert.deepEqual(texts.notes, [
    '1 long text truncated to 400 characters.',
    `${texts.left.toLocaleString('en')} texts left out: the page holds at most 8 million characters of text.`,
  ]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TagTally, type TagTallyCounts } from '../../src/classifiers/output/tag-tally.ts';
import type { TaggedWords } from '../../src/classifiers/prediction.ts';
import { spanF1Interval } from '../../src/tags/span-bootstrap.ts';
import { spansOf } from '../../src/tags/spans.ts';
import { tagScores } from '../../src/tags/tag-outcomes.ts';

const IOB2 = { name: 'IOB2', bare: false } as const;
const TAGS = ['B-LOC', 'B-PER', 'I-LOC', 'I-PER', 'O'];

/** Seeded sentences, and their predictions. */
function cases(count: number) {
  let state = 7;
  const next = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
  return Array.from({ length: count }, () => {
    const tags = Array.from({ length: 1 + next(9) }, () => TAGS[Math.min(4, next(7))]!);
    return { words: tags.map(() => 'w'), tags, given: tags.map((tag) => (next(5) === 0 ? TAGS[next(5)]! : tag)) };
  });
}

const predictionOf = (tags: readonly (string | null)[]): TaggedWords => ({
  tags,
  confidences: tags.map(() => 0.5),
  truncated: false,
  lost: new Uint8Array(tags.length),
});

test('tag tally: the scores of all words together, whatever the order and wherever it was resumed', () => {
  const all = cases(300);
  const tally = new TagTally({ tags: TAGS });
  for (const { given, ...row } of all) tally.add(row, predictionOf(given));
  const numbers = (tags: readonly string[][]): Int32Array => Int32Array.from(tags.flat(), (tag) => TAGS.indexOf(tag));
  const outcomes = {
    kind: 'tags' as const,
    truth: numbers(all.map(({ tags }) => tags)),
    predicted: numbers(all.map(({ given }) => given)),
    starts: Int32Array.from(all.reduce((starts, { tags }) => [...starts, starts.at(-1)! + tags.length], [0])),
    tags: TAGS,
    scheme: IOB2,
  };
  const { accuracy, withoutOutside, spanF1 } = tagScores(outcomes);
  const { scores, labelled, scoredWords, scheme } = tally.scores();
  assert.deepEqual([labelled, scoredWords, scheme], [300, outcomes.truth.length, 'IOB2']);
  assert.deepEqual([scores.spanF1!.value, scores.microF1NoO!.value, scores.accuracy!.value], [spanF1, withoutOutside!.microF1, accuracy]);
  // The resamples are of the same sentences in another order: the interval has the same width.
  const { low, high } = spanF1Interval({
    gold: all.map(({ tags }) => spansOf(tags, IOB2)),
    predicted: all.map(({ given }) => spansOf(given, IOB2)),
  });
  assert.ok(Math.abs(scores.spanF1!.low - low) < 0.01 && Math.abs(scores.spanF1!.high - high) < 0.01);

  const halves = [all.slice(150), all.slice(0, 150)];
  let counts: TagTallyCounts | undefined;
  for (const half of halves) {
    const part = new TagTally({ tags: TAGS }, counts);
    for (const { given, ...row } of half) part.add(row, predictionOf(given));
    counts = JSON.parse(JSON.stringify(part.counts)) as TagTallyCounts;
  }
  assert.deepEqual(new TagTally({ tags: TAGS }, counts).scores(), tally.scores());
});

test('tag tally: tags of no scheme, words that were given nothing, sentences without tags', () => {
  const tally = new TagTally({ tags: ['NOUN', 'VERB'] });
  tally.add({ words: ['a', 'b'], tags: ['NOUN', 'VERB'] }, { ...predictionOf(['NOUN', null]), lost: Uint8Array.of(0, 1) });
  tally.add({ words: ['c', 'd'], tags: ['X', 'VERB'] }, { ...predictionOf(['NOUN', null]), lost: Uint8Array.of(0, 2) });
  tally.add({ words: ['e'] }, predictionOf(['NOUN']));
  tally.add({ words: [], tags: [] }, predictionOf([]));
  const { scores, ...counted } = tally.scores();
  assert.deepEqual(counted, {
    words: 5,
    beyondLimit: 1,
    withoutSubTokens: 1,
    labelled: 2,
    scoredWords: 4,
    unlabelled: 1,
    unknown: [['X', 1]],
    scheme: undefined,
  });
  assert.deepEqual(Object.keys(scores), ['accuracy']);
  assert.equal(scores.accuracy!.value, 0.25);
  assert.deepEqual(new TagTally({ tags: TAGS }).scores().scores, {});
});

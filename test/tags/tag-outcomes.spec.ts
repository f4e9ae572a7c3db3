import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TagOutcomes } from '../../src/statistics/outcomes.ts';
import { countInterval, countPairedBootstrap } from '../../src/statistics/count-interval.ts';
import { mainTagScore, tagCounts, tagScores } from '../../src/tags/tag-outcomes.ts';
import { spanF1Interval, spanPairedBootstrap } from '../../src/tags/span-bootstrap.ts';
import { spansOf } from '../../src/tags/spans.ts';

const tags = ['B-LOC', 'B-PER', 'I-LOC', 'I-PER', 'O'];
const scheme = { name: 'IOB2', bare: false };

function outcomes(gold: readonly string[], given: readonly string[], more: Partial<TagOutcomes> = { scheme }): TagOutcomes {
  const starts = [0];
  for (const sentence of gold) starts.push(starts.at(-1)! + sentence.split(' ').length);
  const numbers = (sentences: readonly string[]) =>
    Int32Array.from(
      sentences.flatMap((sentence) => sentence.split(' ')),
      (tag) => tags.indexOf(tag),
    );
  return { kind: 'tags', truth: numbers(gold), predicted: numbers(given), starts: Int32Array.from(starts), tags, ...more };
}

const GOLD = ['B-PER I-PER O', 'O O B-LOC', 'O', 'B-LOC O B-PER'];
const GIVEN = ['B-PER I-PER O', 'O B-LOC B-LOC', 'O', 'B-LOC I-LOC O'];

const sum = (counts: Int32Array): number => counts.reduce((all, count) => all + count, 0);
const spans = (sentences: readonly string[]) => sentences.map((sentence) => spansOf(sentence.split(' '), { name: 'IOB2', bare: false }));

test('tag outcomes: scores of words and of spans', () => {
  const { n, correct, withoutOutside, spanF1 } = tagScores(outcomes(GOLD, GIVEN));
  assert.deepEqual([n, correct], [10, 7]);
  // Words except O: gold 5, predicted 6, in common 4.
  assert.equal(withoutOutside!.microF1, 8 / 11);
  // Spans: gold 4, predicted 4; in common are a person and, of the two places of the second sentence, the last.
  assert.equal(spanF1, 4 / 8);
  assert.equal(tagScores(outcomes(GOLD, GIVEN, {})).spanF1, undefined);
});

test('tag outcomes: a word without a tag is wrong, and no class’s', () => {
  const { n, correct, withoutOutside } = tagScores({ ...outcomes(['B-PER O'], ['B-PER O']), predicted: Int32Array.of(-1, 4) });
  assert.deepEqual([n, correct, withoutOutside!.microF1], [2, 1, 0]);
});

test('tag outcomes: counts of sentences have the same score, and the intervals of the spans', () => {
  const one = outcomes(GOLD, GIVEN);
  const other = outcomes(GOLD, GOLD);
  assert.equal(mainTagScore(one), 'spanF1');
  assert.equal(mainTagScore({ tags }), 'microF1NoO');
  assert.equal(mainTagScore({ tags: ['NOUN', 'VERB'] }), 'accuracy');
  for (const score of ['spanF1', 'microF1NoO', 'accuracy'] as const) {
    const { hits, truth, predicted } = tagCounts(one, score);
    const { spanF1, withoutOutside, accuracy } = tagScores(one);
    assert.equal((2 * sum(hits)) / (sum(truth) + sum(predicted)), { spanF1, microF1NoO: withoutOutside!.microF1, accuracy }[score]);
  }
  const first = { gold: spans(GOLD), predicted: spans(GIVEN) };
  assert.deepEqual(countInterval(tagCounts(one, 'spanF1')), spanF1Interval(first));
  const { low, high, p } = countPairedBootstrap(tagCounts(one, 'spanF1'), tagCounts(other, 'spanF1'));
  const expected = spanPairedBootstrap({ first, second: { gold: spans(GOLD), predicted: spans(GOLD) } });
  assert.deepEqual({ low, high, p }, { low: expected.low, high: expected.high, p: expected.p });
});

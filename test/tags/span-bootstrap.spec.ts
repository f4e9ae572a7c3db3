import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resampler } from '../../src/statistics/resample.ts';
import type { SentenceWords } from '../../src/tags/sentence-counts.ts';
import { spanF1Interval, spanPairedBootstrap, wordF1Interval, wordPairedBootstrap } from '../../src/tags/span-bootstrap.ts';
import { spanScores, type SpanOutcomes } from '../../src/tags/span-scores.ts';
import { spansOf } from '../../src/tags/spans.ts';
import { wordScores } from '../../src/tags/word-scores.ts';
import { writtenResamples } from '../statistics/reference.ts';
import { agrees } from '../statistics/regression-reference.ts';
import { TAGS, typed } from './reference.ts';

type Corpus = readonly (readonly number[])[];

function spans(gold: Corpus, predicted: Corpus): SpanOutcomes {
  const of = (corpus: Corpus) =>
    corpus.map((sentence) =>
      spansOf(
        sentence.map((label) => TAGS.classes[label]!),
        typed('IOB2'),
      ),
    );
  return { gold: of(gold), predicted: of(predicted) };
}

function words(gold: Corpus, predicted: Corpus, outside?: number): SentenceWords {
  return {
    truth: Int32Array.from(gold.flat()),
    predicted: Int32Array.from(predicted.flat()),
    classes: TAGS.classes.length,
    outside,
    sentenceOf: Int32Array.from(gold.flatMap((sentence, i) => sentence.map(() => i))),
    sentences: gold.length,
  };
}

for (const [i, { gold, first, second, resamples, ...expected }] of TAGS.cases.entries()) {
  test(`bootstrap of sentences, case ${i}: intervals, differences and p of numpy and scikit-learn on written resamples, to 1e-12`, () => {
    const indices = writtenResamples(resamples, gold.length);
    const [a, b] = [spans(gold, first), spans(gold, second)];
    const found = [
      [expected.spans, spanF1Interval(a, { indices }), spanPairedBootstrap({ first: a, second: b }, { indices })],
      ...(
        [
          [expected.words, 0],
          [expected.all_words, undefined],
        ] as const
      ).map(([score, outside]) => {
        const [c, d] = [words(gold, first, outside), words(gold, second, outside)];
        return [score, wordF1Interval(c, { indices }), wordPairedBootstrap({ first: c, second: d }, { indices })] as const;
      }),
    ] as const;
    for (const [want, interval, two] of found) {
      const pairs = [
        [interval.low, want.interval[0]],
        [interval.high, want.interval[1]],
        [two.difference, want.difference],
        [two.low, want.of_difference[0]],
        [two.high, want.of_difference[1]],
        [two.p, want.p],
      ] as const;
      for (const [got, wanted] of pairs) assert.ok(agrees(got, wanted, 1e-12), `${got}, numpy ${wanted}`);
    }
  });
}

const { gold, first, second } = TAGS.cases[2]!;

test('bootstrap of sentences: resample i of a seed has the sentences that the resampler draws', () => {
  const [resamples, seed, n] = [40, 9, gold.length];
  const rows = new Int32Array(n);
  const resampler = new Resampler(seed);
  const drawn = Array.from({ length: resamples }, () => {
    resampler.draw(rows, n);
    return [...rows];
  });
  const indices = Int32Array.from(drawn.flat());
  assert.deepEqual(spanF1Interval(spans(gold, first), { resamples, seed }), spanF1Interval(spans(gold, first), { indices }));
  assert.deepEqual(wordF1Interval(words(gold, first, 0), { resamples, seed }), wordF1Interval(words(gold, first, 0), { indices }));
});

test('bootstrap of sentences: a resample of each once is the whole', () => {
  const indices = Int32Array.from(gold.keys());
  const { f1 } = spanScores(spans(gold, first)).micro;
  assert.deepEqual(spanF1Interval(spans(gold, first), { indices }), { low: f1, high: f1 });
  const { microF1 } = wordScores(words(gold, first, 0)).withoutOutside!;
  assert.deepEqual(wordF1Interval(words(gold, first, 0), { indices }), { low: microF1, high: microF1 });
  const { accuracy } = wordScores(words(gold, first));
  assert.deepEqual(wordF1Interval(words(gold, first), { indices }), { low: accuracy, high: accuracy });
});

test('bootstrap of sentences: the interval is about the score, and wider than one of words where words of a sentence are alike', () => {
  // 40 sentences of 25 words, correct or wrong as a whole: 40 observations, not 1000.
  const truth = Array.from({ length: 40 }, () => Array.from({ length: 25 }, () => 1));
  const given = truth.map((sentence, i) => sentence.map(() => (i % 2 === 0 ? 1 : 2)));
  const sentences = wordF1Interval(words(truth, given));
  const alone = wordF1Interval(
    words(
      truth.flat().map((label) => [label]),
      given.flat().map((label) => [label]),
    ),
  );
  assert.ok(sentences.low < 0.5 && 0.5 < sentences.high);
  const ratio = (sentences.high - sentences.low) / (alone.high - alone.low);
  assert.ok(ratio > 4 && ratio < 6, `${ratio}, of words by the root of 25`);
});

test('bootstrap of sentences: all O, and sentences without words, are 0 and no error', () => {
  assert.deepEqual(spanF1Interval(spans([[0], []], [[0], []])), { low: 0, high: 0 });
  assert.deepEqual(wordF1Interval(words([[0], []], [[0], []], 0)), { low: 0, high: 0 });
  const difference = spanPairedBootstrap({ first: spans([[0]], [[0]]), second: spans([[0]], [[0]]) }, { resamples: 10 });
  assert.deepEqual(difference, { difference: 0, low: 0, high: 0, p: 1 });
});

test('paired bootstrap of sentences: the other way round is the same, turned; of the same predictions p is 1', () => {
  for (const score of [
    (one: Corpus, two: Corpus) => spanPairedBootstrap({ first: spans(gold, one), second: spans(gold, two) }, { resamples: 100 }),
    (one: Corpus, two: Corpus) => wordPairedBootstrap({ first: words(gold, one, 0), second: words(gold, two, 0) }, { resamples: 100 }),
  ]) {
    const [there, back, same] = [score(first, second), score(second, first), score(first, first)];
    assert.ok(there.p === back.p && there.difference === -back.difference);
    assert.ok(agrees(there.low, -back.high, 1e-12) && agrees(there.high, -back.low, 1e-12));
    assert.deepEqual(same, { difference: 0, low: 0, high: 0, p: 1 });
  }
});

test('bootstrap of sentences: what it refuses', () => {
  const a = words(gold, first, 0);
  const other = { code: 'SHAPE', message: 'Two scores are compared sentence by sentence, and their sentences are not the same.' };
  assert.throws(() => spanPairedBootstrap({ first: spans(gold, first), second: spans(second, first) }), other);
  assert.throws(() => spanPairedBootstrap({ first: spans(gold, first), second: spans(gold.slice(1), first.slice(1)) }), other);
  assert.throws(() => wordPairedBootstrap({ first: a, second: words(second, first, 0) }), other);
  assert.throws(() => wordPairedBootstrap({ first: a, second: words(gold, second) }), other);
  assert.throws(() => wordPairedBootstrap({ first: a, second: { ...a, sentenceOf: a.sentenceOf.toReversed() } }), other);
  const message = `${a.truth.length} words are not all of 3 sentences.`;
  assert.throws(() => wordF1Interval({ ...a, sentences: 3 }), { code: 'SHAPE', message });
  assert.throws(() => wordF1Interval({ ...a, sentenceOf: a.sentenceOf.slice(1) }), { code: 'SHAPE' });
  assert.throws(() => wordF1Interval({ ...a, outside: 99 }), { code: 'INTERNAL' });
  assert.throws(() => spanF1Interval({ gold: [], predicted: [] }), { code: 'DATA' });
  assert.throws(() => spanF1Interval(spans(gold, first), { indices: Int32Array.of(0) }), { code: 'SHAPE' });
  assert.throws(() => spanF1Interval(spans(gold, first), { confidence: 1 }), { code: 'INTERNAL' });
});

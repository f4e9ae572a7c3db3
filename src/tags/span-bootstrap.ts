import { HarnessError } from '../errors.ts';
import { CONFIDENCE, RESAMPLES, type BootstrapOptions } from '../statistics/bootstrap.ts';
import { eachResample } from '../statistics/each-resample.ts';
import { kindsOf } from '../statistics/kinds.ts';
import { PAIRED_RESAMPLES, ROUNDING, type Difference } from '../statistics/paired-bootstrap.ts';
import { middle, type Interval } from '../statistics/quantile.ts';
import { f1Of } from './agreement.ts';
import { spanCounts, wordCounts, type SentenceCounts, type SentenceWords } from './sentence-counts.ts';
import { isSame, type SpanOutcomes } from './span-scores.ts';

/**
 * Percentile interval of the micro-F1 of spans, sentences drawn with replacement (Efron 1979): words of a sentence are not independent, and
 * drawing words would give too narrow an interval, and break spans. Each resample is scored like the whole: one without spans in gold and
 * predictions scores 0. The cost of a resample depends on the number of sentences, not of words. Resample i of a seed draws the same
 * sentences as `wordF1Interval`; `indices` are numbers of sentences. Throws as `spanScores` does, and SHAPE if the indices do not fit the
 * sentences.
 */
export function spanF1Interval(outcomes: SpanOutcomes, options: BootstrapOptions = {}): Interval {
  return intervalOf(spanCounts(outcomes), options);
}

/** The same for the micro-F1 of words without O; for the accuracy of words if there is no O. Throws as `wordCounts` does. */
export function wordF1Interval(outcomes: SentenceWords, options: BootstrapOptions = {}): Interval {
  return intervalOf(wordCounts(outcomes), options);
}

/** Two predictions for the same sentences. */
export interface Two<Outcomes> {
  readonly first: Outcomes;
  readonly second: Outcomes;
}

/**
 * The difference of the micro-F1 of spans, second minus first, over the same resamples of the sentences, and its p as in `pairedBootstrap`
 * (Efron and Tibshirani 1993, chapter 16). Throws SHAPE if the gold spans are not the same, and as `spanF1Interval` does.
 */
export function spanPairedBootstrap({ first, second }: Two<SpanOutcomes>, options: BootstrapOptions = {}): Difference {
  const [a, b] = [spanCounts(first), spanCounts(second)];
  const same = first.gold.length === second.gold.length && first.gold.every((spans, i) => sameSpans(spans, second.gold[i]!));
  return differenceOf({ a, b, same }, options);
}

/** The same for the micro-F1 of words without O, or for the accuracy if there is no O. Throws as `wordCounts` does. */
export function wordPairedBootstrap({ first, second }: Two<SentenceWords>, options: BootstrapOptions = {}): Difference {
  const [a, b] = [wordCounts(first), wordCounts(second)];
  const same =
    first.sentences === second.sentences &&
    first.outside === second.outside &&
    sameNumbers(first.truth, second.truth) &&
    sameNumbers(first.sentenceOf, second.sentenceOf);
  return differenceOf({ a, b, same }, options);
}

function intervalOf(
  sentences: SentenceCounts,
  { resamples = RESAMPLES, seed = 1, confidence = CONFIDENCE, indices }: BootstrapOptions,
): Interval {
  // Sentences with the same counts are one kind: most often those without spans.
  const kinds = kindsOf([sentences.hits, sentences.gold, sentences.predicted]);
  const examples = examplesOf(sentences, kinds.examples);
  const values: number[] = [];
  eachResample({ kinds, resamples, seed, indices }, (counts) => values.push(f1(examples, counts)));
  return middle(values, confidence);
}

interface Compared {
  readonly a: SentenceCounts;
  readonly b: SentenceCounts;
  readonly same: boolean;
}

function differenceOf(
  { a, b, same }: Compared,
  { resamples = PAIRED_RESAMPLES, seed = 1, confidence = CONFIDENCE, indices }: BootstrapOptions,
): Difference {
  if (!same) {
    throw new HarnessError('SHAPE', { what: 'Two scores are compared sentence by sentence, and their sentences are not the same.' });
  }
  const kinds = kindsOf([a.hits, a.gold, a.predicted, b.hits, b.predicted]);
  const [before, after] = [examplesOf(a, kinds.examples), examplesOf(b, kinds.examples)];
  const observed = f1(b) - f1(a);
  const differences: number[] = [];
  let extreme = 0;
  const count = eachResample({ kinds, resamples, seed, indices }, (counts) => {
    const difference = f1(after, counts) - f1(before, counts);
    differences.push(difference);
    if (Math.abs(difference - observed) >= Math.abs(observed) - ROUNDING) extreme++;
  });
  return { difference: observed, ...middle(differences, confidence), p: (extreme + 1) / (count + 1) };
}

/** Counts of the given sentences. */
function examplesOf({ hits, gold, predicted }: SentenceCounts, sentences: Int32Array): SentenceCounts {
  const some = (counts: Int32Array): Int32Array => sentences.map((sentence) => counts[sentence]!);
  return { hits: some(hits), gold: some(gold), predicted: some(predicted) };
}

/** F1 of sentences, each counted as often as `times` says; default: once. */
function f1({ hits, gold, predicted }: SentenceCounts, times?: Int32Array): number {
  const sums = { hits: 0, gold: 0, predicted: 0 };
  for (let i = 0; i < hits.length; i++) {
    const count = times === undefined ? 1 : times[i]!;
    sums.hits += count * hits[i]!;
    sums.gold += count * gold[i]!;
    sums.predicted += count * predicted[i]!;
  }
  return f1Of(sums);
}

function sameSpans(a: SpanOutcomes['gold'][number], b: SpanOutcomes['gold'][number]): boolean {
  return a.length === b.length && a.every((span, i) => isSame(span, b[i]));
}

function sameNumbers(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((number, i) => number === b[i]);
}

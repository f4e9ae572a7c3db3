import type { CountOutcomes, TagOutcomes } from '../statistics/outcomes.ts';
import type { Agreement } from './agreement.ts';
import { OUTSIDE, type Scheme } from './letters.ts';
import { spanCounts, wordCounts } from './sentence-counts.ts';
import { spanScores, type SpanOutcomes } from './span-scores.ts';
import { spansOf } from './spans.ts';
import { wordScores, type WordScores } from './word-scores.ts';

/** Scores of tagged words, as fractions. */
export interface TagScores extends WordScores {
  /** Micro-F1 of spans, as counted by seqeval; undefined if tags are plain classes. */
  readonly spanF1: number | undefined;
}

/** Throws as `wordScores` and `spansOf` do. */
export function tagScores(outcomes: TagOutcomes): TagScores {
  const spans = spanOutcomes(outcomes);
  return { ...wordScores(words(outcomes)), spanF1: spans && spanScores(spans).micro.f1 };
}

/** What an F1 is counted over: spans; words that are not O; all words, which is their accuracy. */
export type TagScore = 'spanF1' | 'microF1NoO' | 'accuracy';

/** The metric for comparing tagging results: of spans if the tags have a scheme, of words except O if there is an O, else of all words. */
export function mainTagScore({ scheme, tags }: Pick<TagOutcomes, 'scheme' | 'tags'>): TagScore {
  if (scheme !== undefined) return 'spanF1';
  return tags.includes(OUTSIDE) ? 'microF1NoO' : 'accuracy';
}

/** Display names. */
export const TAG_SCORE_WORDS: Readonly<Record<TagScore, string>> = {
  spanF1: 'span F1',
  microF1NoO: 'micro-F1 without O',
  accuracy: 'accuracy',
};

/** Which metric it is, from the available scores. */
export function mainNameOf({ spanF1, withoutOutside }: TagScores): TagScore {
  if (spanF1 !== undefined) return 'spanF1';
  return withoutOutside === undefined ? 'accuracy' : 'microF1NoO';
}

/** Its value. */
export function mainOf({ spanF1, withoutOutside, accuracy }: TagScores): number {
  return spanF1 ?? withoutOutside?.microF1 ?? accuracy;
}

/** Mean over tags, except O if there is one; 0 if no word has another tag in truth or predictions. */
export function macroTagScore({ withoutOutside, macroF1 }: TagScores): number {
  const mean = withoutOutside === undefined ? macroF1 : withoutOutside.macroF1;
  return Number.isNaN(mean) ? 0 : mean;
}

/** Counts per span type; per tag if tags are plain classes. Ascending by name; O is omitted. */
export function spanTypes(outcomes: TagOutcomes): readonly ({ readonly type: string } & Agreement)[] {
  const spans = spanOutcomes(outcomes);
  if (spans !== undefined) return spanScores(spans).types;
  const { truth, predicted, tags } = outcomes;
  const count = (is: (word: number) => boolean): number => [...truth.keys()].filter(is).length;
  return tags.flatMap((type, tag) => {
    const [gold, given] = [count((word) => truth[word] === tag), count((word) => predicted[word] === tag)];
    if (type === OUTSIDE || gold + given === 0) return [];
    return [{ type, gold, predicted: given, hits: count((word) => truth[word] === tag && predicted[word] === tag) }];
  });
}

/** Counts per sentence, whose F1 is the score: used to resample sentences. */
export function tagCounts(outcomes: TagOutcomes, score: TagScore): CountOutcomes {
  const spans = score === 'spanF1' ? spanOutcomes(outcomes) : undefined;
  const { hits, gold, predicted } = spans === undefined ? wordCounts(sentenceWords(outcomes, score)) : spanCounts(spans);
  return { kind: 'counts', hits, truth: gold, predicted };
}

function words({ truth, predicted, tags }: TagOutcomes) {
  const outside = tags.indexOf(OUTSIDE);
  return { truth, predicted, classes: tags.length, outside: outside === -1 ? undefined : outside };
}

function sentenceWords(outcomes: TagOutcomes, score: TagScore) {
  const { starts } = outcomes;
  const sentences = starts.length - 1;
  const sentenceOf = new Int32Array(starts[sentences]!);
  for (let i = 0; i < sentences; i++) sentenceOf.fill(i, starts[i]!, starts[i + 1]!);
  const of = words(outcomes);
  return { ...of, outside: score === 'accuracy' ? undefined : of.outside, sentenceOf, sentences };
}

/** undefined if tags are plain classes. A word without a tag is in no span. */
function spanOutcomes({ truth, predicted, starts, tags, scheme }: TagOutcomes): SpanOutcomes | undefined {
  if (scheme === undefined) return undefined;
  const known = scheme as Scheme;
  const spans = (labels: Int32Array) =>
    Array.from({ length: starts.length - 1 }, (_, i) =>
      spansOf(
        Array.from(labels.subarray(starts[i]!, starts[i + 1]!), (tag) => tags[tag] ?? OUTSIDE),
        known,
      ),
    );
  return { gold: spans(truth), predicted: spans(predicted) };
}

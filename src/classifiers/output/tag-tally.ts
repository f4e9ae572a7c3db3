import type { SentenceRow } from '../../datasets/input/sentence-row.ts';
import { WORD_LOSS } from '../../encoders/word-tokens.ts';
import { countInterval } from '../../statistics/count-interval.ts';
import type { Interval } from '../../statistics/quantile.ts';
import type { CountOutcomes, TagOutcomes } from '../../statistics/outcomes.ts';
import { f1Of } from '../../tags/agreement.ts';
import { OUTSIDE, placeReader, type Scheme } from '../../tags/letters.ts';
import { schemeOfTags } from '../../tags/scheme.ts';
import { tagCounts, type TagScore } from '../../tags/tag-outcomes.ts';
import type { TaggedWords } from '../prediction.ts';
import type { Tally } from './tally.ts';

/** Counts so far, as JSON, for resuming. */
export interface TagTallyCounts {
  readonly words: number;
  readonly beyondLimit: number;
  readonly withoutSubTokens: number;
  readonly scoredWords: number;
  readonly unlabelled: number;
  /** Tags unknown to the model, and the number of words with each. */
  readonly unknown: readonly (readonly [string, number])[];
  /** By score: `[hits, truth, predicted, sentences]`, where `sentences` is the number of sentences with these counts. */
  readonly sentences: Readonly<Partial<Record<TagScore, readonly (readonly [number, number, number, number])[]>>>;
}

/** A score as a fraction, and its interval. */
export interface ScoredTag extends Interval {
  readonly value: number;
}

export interface TagRowScores {
  /** Number of words of all sentences. */
  readonly words: number;
  /** Number of words without a vector because they are beyond the length limit, and because they have no sub-token. */
  readonly beyondLimit: number;
  readonly withoutSubTokens: number;
  /** Number of sentences with tags, and of their words. */
  readonly labelled: number;
  readonly scoredWords: number;
  readonly unlabelled: number;
  /** Tags unknown to the model, and the number of words with each: most frequent first. */
  readonly unknown: readonly (readonly [string, number])[];
  /** Tagging scheme of spans; undefined if each tag is a class. */
  readonly scheme: string | undefined;
  /** Empty if no sentence has tags; `spanF1` with a tagging scheme, `microF1NoO` with an O tag. */
  readonly scores: Readonly<Partial<Record<TagScore, ScoredTag>>>;
}

const NOTHING: TagTallyCounts = {
  words: 0,
  beyondLimit: 0,
  withoutSubTokens: 0,
  scoredWords: 0,
  unlabelled: 0,
  unknown: [],
  sentences: {},
};

/**
 * Compares predicted tags with those of a column. Sentences with the same counts are grouped, so that memory grows with the groups, not
 * with the sentences. Spans are read by the scheme of the model's tags; a tag outside of it starts no span.
 */
export class TagTally implements Tally<SentenceRow, TaggedWords, TagRowScores> {
  readonly #scheme: Scheme | undefined;
  readonly #scores: readonly TagScore[];
  readonly #isOfScheme: (tag: string) => boolean;
  /** Tags by index: those of the model, then others. */
  readonly #tags: string[];
  /** The same, with O in place of those outside the scheme. */
  readonly #spanTags: string[];
  readonly #numbers: Map<string, number>;
  readonly #classes: number;
  readonly #unknown: Map<string, number>;
  /** By score and counts, the number of sentences with them. */
  readonly #kinds = new Map<TagScore, Map<string, number>>();
  #words: number;
  #beyondLimit: number;
  #withoutSubTokens: number;
  #scoredWords: number;
  #unlabelled: number;

  constructor({ tags }: { readonly tags: readonly string[] }, counts: TagTallyCounts = NOTHING) {
    this.#scheme = schemeOfTags(tags);
    const [hasSpans, hasOutside] = [this.#scheme !== undefined, tags.includes(OUTSIDE)];
    this.#scores = (['spanF1', 'microF1NoO', 'accuracy'] as const).filter(
      (score) => ({ spanF1: hasSpans, microF1NoO: hasOutside, accuracy: true })[score],
    );
    const read = this.#scheme && placeReader(this.#scheme);
    this.#isOfScheme = (tag) => read?.(tag) !== 'unknown';
    this.#tags = [...tags];
    this.#spanTags = [...tags];
    this.#numbers = new Map(tags.map((tag, i) => [tag, i]));
    this.#classes = tags.length;
    this.#unknown = new Map(counts.unknown);
    for (const score of this.#scores) {
      this.#kinds.set(
        score,
        new Map(counts.sentences[score]?.map(([hits, truth, predicted, times]) => [`${hits} ${truth} ${predicted}`, times])),
      );
    }
    this.#words = counts.words;
    this.#beyondLimit = counts.beyondLimit;
    this.#withoutSubTokens = counts.withoutSubTokens;
    this.#scoredWords = counts.scoredWords;
    this.#unlabelled = counts.unlabelled;
  }

  add({ words, tags: given }: Pick<SentenceRow, 'words' | 'tags'>, { tags, lost }: TaggedWords): void {
    this.#words += words.length;
    for (const reason of lost) {
      if (reason === WORD_LOSS.beyondLimit) this.#beyondLimit++;
      else if (reason === WORD_LOSS.noSubToken) this.#withoutSubTokens++;
    }
    if (words.length === 0) return;
    if (given === undefined) {
      this.#unlabelled++;
      return;
    }
    this.#scoredWords += words.length;
    const outcomes: TagOutcomes = {
      kind: 'tags',
      truth: Int32Array.from(given, (tag) => this.#numberOf(tag)),
      predicted: Int32Array.from(tags, (tag) => (tag === null ? -1 : this.#numbers.get(tag)!)),
      starts: Int32Array.of(0, words.length),
      tags: this.#tags,
      ...(this.#scheme !== undefined && { scheme: this.#scheme }),
    };
    for (const score of this.#scores) {
      const { hits, truth, predicted } = tagCounts(score === 'spanF1' ? { ...outcomes, tags: this.#spanTags } : outcomes, score);
      const kinds = this.#kinds.get(score)!;
      // A word without a prediction is wrong, and counts for accuracy like any other.
      const key = `${hits[0]} ${truth[0]} ${score === 'accuracy' ? truth[0] : predicted[0]}`;
      kinds.set(key, (kinds.get(key) ?? 0) + 1);
    }
  }

  get counts(): TagTallyCounts {
    return {
      words: this.#words,
      beyondLimit: this.#beyondLimit,
      withoutSubTokens: this.#withoutSubTokens,
      scoredWords: this.#scoredWords,
      unlabelled: this.#unlabelled,
      unknown: [...this.#unknown],
      sentences: Object.fromEntries(this.#scores.map((score) => [score, this.#kindsOf(score)])),
    };
  }

  scores(): TagRowScores {
    const labelled = this.#kindsOf('accuracy').reduce((sum, [, , , times]) => sum + times, 0);
    return {
      words: this.#words,
      beyondLimit: this.#beyondLimit,
      withoutSubTokens: this.#withoutSubTokens,
      labelled,
      scoredWords: this.#scoredWords,
      unlabelled: this.#unlabelled,
      unknown: [...this.#unknown].toSorted(([, a], [, b]) => b - a),
      scheme: this.#scheme?.name,
      scores: labelled === 0 ? {} : Object.fromEntries(this.#scores.map((score) => [score, scored(this.#kindsOf(score))])),
    };
  }

  /** Sorted, as resamples depend on the order, and a resumed run counts in another. */
  #kindsOf(score: TagScore): [number, number, number, number][] {
    return [...this.#kinds.get(score)!]
      .map(([key, times]): [number, number, number, number] => {
        const [hits, truth, predicted] = key.split(' ').map(Number) as [number, number, number];
        return [hits, truth, predicted, times];
      })
      .toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  }

  #numberOf(tag: string): number {
    let number = this.#numbers.get(tag);
    if (number === undefined) {
      number = this.#tags.push(tag) - 1;
      this.#spanTags.push(this.#isOfScheme(tag) ? tag : OUTSIDE);
      this.#numbers.set(tag, number);
    }
    if (number >= this.#classes) this.#unknown.set(tag, (this.#unknown.get(tag) ?? 0) + 1);
    return number;
  }
}

function scored(kinds: readonly (readonly [number, number, number, number])[]): ScoredTag {
  const column = (at: 0 | 1 | 2): Int32Array => Int32Array.from(kinds.flatMap((kind) => Array.from({ length: kind[3] }, () => kind[at])));
  const outcomes: CountOutcomes = { kind: 'counts', hits: column(0), truth: column(1), predicted: column(2) };
  const sum = (at: 0 | 1 | 2): number => kinds.reduce((all, kind) => all + kind[at] * kind[3], 0);
  return { value: f1Of({ hits: sum(0), gold: sum(1), predicted: sum(2) }), ...countInterval(outcomes) };
}

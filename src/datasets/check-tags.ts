import { total } from '../tags/broken.ts';
import { OUTSIDE } from '../tags/letters.ts';
import { findScheme, type FoundScheme } from '../tags/scheme.ts';
import { spansOf } from '../tags/spans.ts';
import type { ClassCount } from './check-classes.ts';
import { SPLITS, type TokenDataset } from './dataset.ts';
import { sentenceOfWords } from './items.ts';

/** Statistics of tags. */
export interface TagCheck {
  readonly words: number;
  /** Over all splits; with invalid sequences, and the number of O words. */
  readonly found: FoundScheme;
  /** Number of invalid sequences of all kinds. */
  readonly broken: number;
  /** Number of spans; undefined for plain tags. */
  readonly spans: number | undefined;
  /** Number of words without any visible character: white space, variation selectors, combining marks only. */
  readonly invisible: number;
  /** Number of words of the longest sentence. */
  readonly longest: number;
}

export function tagCheck(dataset: TokenDataset): TagCheck {
  const { words, classes, tags, starts } = dataset;
  const sentences = words.map((_, row) => Array.from(tags.subarray(starts[row]!, starts[row + 1]!), (tag) => classes[tag]!));
  const found = findScheme(sentences);
  const { scheme } = found;
  return {
    words: tags.length,
    found,
    broken: total(found.broken),
    spans: scheme && sentences.reduce((sum, each) => sum + spansOf(each, scheme).length, 0),
    invisible: words.reduce((sum, each) => sum + each.filter(isInvisible).length, 0),
    longest: words.reduce((most, each) => Math.max(most, each.length), 0),
  };
}

function isInvisible(word: string): boolean {
  return /^[\s\p{C}\p{Z}\p{M}]*$/u.test(word);
}

/** Words per tag, in the order of the classes: `texts` are words here. */
export function tagCounts(dataset: TokenDataset): ClassCount[] {
  const { classes, tags, split } = dataset;
  const counts = classes.map((name) => ({ name, texts: 0, train: 0, dev: 0, test: 0 }));
  const sentenceOf = sentenceOfWords(dataset);
  for (const [word, tag] of tags.entries()) {
    const count = counts[tag]!;
    count.texts++;
    count[SPLITS[split[sentenceOf[word]!]!]!]++;
  }
  return counts;
}

/** Baseline: the same tag for every word. */
export interface TagBaseline {
  readonly class: string;
  /** Fractions of the words. Micro-F1 excludes O, if present: predicting O gives 0. */
  readonly accuracy: number;
  readonly microF1: number;
}

/**
 * Baseline of predicting O for every word, or, without O, the most frequent tag of the `trained` words; of equally frequent ones the first.
 * `counts`: words per tag. Undefined if nothing is scored.
 */
export function tagBaseline(
  counts: readonly ClassCount[],
  { trained, scored }: { readonly trained: 'texts' | 'train' | 'test'; readonly scored: 'texts' | 'test' },
): TagBaseline | undefined {
  const all = counts.reduce((sum, count) => sum + count[scored], 0);
  if (all === 0) return undefined;
  const outside = counts.find(({ name }) => name === OUTSIDE);
  const guess = outside ?? counts.reduce((best, count) => (count[trained] > best[trained] ? count : best));
  const accuracy = guess[scored] / all;
  return { class: guess.name, accuracy, microF1: outside === undefined ? accuracy : 0 };
}

import type { TagOutcomes } from '../statistics/outcomes.ts';
import { OUTSIDE } from './letters.ts';
import { findScheme } from './scheme.ts';

/** Sentences of tagged words. */
export interface TaggedWords {
  /** [sentences + 1] index of the first word of each sentence. */
  readonly starts: Int32Array;
  /** [words] an index into `classes` */
  readonly tags: Int32Array;
  readonly classes: readonly string[];
}

export interface GivenTags {
  /** Scored words, ascending. */
  readonly rows: Int32Array;
  /** [rows] -1: the word has no vector, and gets O, if there is an O. */
  readonly predicted: Int32Array;
}

/** True and predicted tags, sentence by sentence. The scheme is that of all tags, whichever words are scored. */
export function tagOutcomes(words: TaggedWords, { rows, predicted }: GivenTags): TagOutcomes {
  const { tags, classes, starts } = words;
  const outside = classes.indexOf(OUTSIDE);
  const scheme = schemeOf(words);
  return {
    kind: 'tags',
    truth: Int32Array.from(rows, (row) => tags[row]!),
    predicted: predicted.map((tag) => (tag === -1 ? outside : tag)),
    starts: startsOf(rows, starts),
    tags: classes,
    ...(scheme !== undefined && { scheme }),
  };
}

/** Index of the first scored word of each sentence; sentences without scored words are skipped. */
function startsOf(rows: Int32Array, starts: Int32Array): Int32Array {
  const own: number[] = [];
  let end = 0;
  let sentence = 0;
  for (const [i, row] of rows.entries()) {
    if (row < end) continue;
    while (starts[sentence + 1]! <= row) sentence++;
    end = starts[sentence + 1]!;
    own.push(i);
  }
  return Int32Array.from([...own, rows.length]);
}

/** The scheme of a corpus is detected from all of its sentences, and only once. */
const schemes = new WeakMap<Int32Array, { readonly scheme: TagOutcomes['scheme'] }>();

/** How tags mark the start and end of spans; undefined if each tag is a class by itself. */
export function schemeOf({ tags, starts, classes }: TaggedWords): TagOutcomes['scheme'] {
  const known = schemes.get(tags);
  if (known !== undefined) return known.scheme;
  const sentences = Array.from({ length: starts.length - 1 }, (_, i) =>
    Array.from(tags.subarray(starts[i]!, starts[i + 1]!), (tag) => classes[tag]!),
  );
  const { scheme } = findScheme(sentences);
  schemes.set(tags, { scheme });
  return scheme;
}

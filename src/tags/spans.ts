import { HarnessError } from '../errors.ts';
import { noTag } from './broken.ts';
import { goesOn, LETTERS, NO_TYPE, OUTSIDE, placeReader, type Place, type Role, type Scheme } from './letters.ts';

/** Consecutive words of a sentence with one label. */
export interface Span {
  readonly type: string;
  /** Index of its first word, from 0. */
  readonly from: number;
  /** Index after its last word: its words are `slice(from, to)`. */
  readonly to: number;
}

/**
 * Spans of a sentence's tags [words], in order. Lenient, as conlleval (Tjong Kim Sang 2000) and seqeval 1.2.2 in its default mode: an
 * inside or end tag while no span is open, or one of another type, begins a span; a span without an end tag ends where another begins. L,
 * U, M, W, which are not letters of seqeval, are treated like E, S, I, S. It differs from seqeval's strict mode, which drops spans that
 * violate the scheme from gold and predictions alike. Throws DATA if a tag does not belong to the scheme.
 */
export function spansOf(tags: readonly string[], scheme: Scheme): Span[] {
  const read = placeReader(scheme);
  const spans: Span[] = [];
  let before: Place | undefined;
  let from = 0;
  for (const [word, tag] of tags.entries()) {
    const place = read(tag);
    if (place === 'unknown') throw noTag(tag, scheme);
    if (place === undefined || !goesOn(before, place)) {
      if (before !== undefined) spans.push({ type: before.type, from, to: word });
      from = word;
    }
    before = place;
  }
  if (before !== undefined) spans.push({ type: before.type, from, to: tags.length });
  return spans;
}

export interface TagsParams {
  /** Of one sentence, in any order. */
  readonly spans: readonly Span[];
  /** Number of words of the sentence. */
  readonly length: number;
  readonly scheme: Scheme;
}

/**
 * Tags [length] that encode the spans in a scheme, so that `spansOf` reads them back. Throws SHAPE if a span is empty, outside the sentence
 * or overlaps another, or has a type that the scheme cannot express.
 */
export function tagsOf({ spans, length, scheme }: TagsParams): string[] {
  const tags = Array.from({ length }, () => OUTSIDE);
  const sorted = spans.toSorted((a, b) => a.from - b.from);
  for (const [i, { type, from, to }] of sorted.entries()) {
    const [before, after] = [sorted[i - 1], sorted[i + 1]];
    const fits = Number.isInteger(from) && Number.isInteger(to) && from >= (before?.to ?? 0) && from < to && to <= length;
    if (!fits) throw new HarnessError('SHAPE', { what: `Span ${from} to ${to} overlaps another, or is outside the ${length} words.` });
    if (type === '' || (scheme.bare && type !== NO_TYPE)) {
      throw new HarnessError('SHAPE', { what: `A ${scheme.name} tag cannot have the type "${type}".` });
    }
    const neighbours = { before: before?.to === from && before.type === type, after: after?.from === to && after.type === type };
    for (let word = from; word < to; word++) {
      const letter = LETTERS[scheme.name][roleOf(scheme, { first: word === from, last: word === to - 1, ...neighbours })]!;
      tags[word] = scheme.bare ? letter : `${letter}-${type}`;
    }
  }
  return tags;
}

interface Within {
  readonly first: boolean;
  readonly last: boolean;
  /** A span of the same type ends where this one begins. */
  readonly before: boolean;
  /** A span of the same type begins where this one ends. */
  readonly after: boolean;
}

function roleOf({ name }: Scheme, { first, last, before, after }: Within): Role {
  switch (name) {
    case 'IOB1':
      return first && before ? 'begin' : 'inside';
    case 'IOB2':
      return first ? 'begin' : 'inside';
    case 'IOE1':
      return last && after ? 'end' : 'inside';
    case 'IOE2':
      return last ? 'end' : 'inside';
    default:
      if (first && last) return 'single';
      if (first) return 'begin';
      return last ? 'end' : 'inside';
  }
}

import { HarnessError, shown } from '../errors.ts';
import { goesOn, isOpen, placeReader, type Place, type Scheme } from './letters.ts';

/** Counts of words whose tags violate their scheme. All are 0 if the tags are valid. */
export interface Broken {
  /** An inside or end tag while no span is open: `I-` after `O`, `E-` without `B-`. */
  readonly unopened: number;
  /** An inside or end tag of another type than the open span. */
  readonly changed: number;
  /** The last word of a span without an end tag, in a scheme with end tags: `B-` before `O`, in IOBES. */
  readonly unclosed: number;
  /** A `B-` in IOB1, or `E-` in IOE1, that does not separate two spans of the same type. */
  readonly needless: number;
}

/**
 * Counts of invalid sequences of a corpus: tags [sentences][words]. Each word boundary counts at most once. In IOB1 a change of type begins
 * a span, in IOE1 it ends one: neither is invalid. Throws DATA if a tag does not belong to the scheme.
 */
export function brokenOf(sentences: Iterable<readonly string[]>, scheme: Scheme): Broken {
  const counts = { unopened: 0, changed: 0, unclosed: 0, needless: 0 };
  const read = placeReader(scheme);
  const between = BETWEEN[scheme.name] ?? strictly;
  for (const tags of sentences) {
    let before: Place | undefined;
    for (const tag of tags) {
      const place = read(tag);
      if (place === 'unknown') throw noTag(tag, scheme);
      const broken = between(before, place);
      if (broken !== undefined) counts[broken]++;
      before = place;
    }
    const broken = between(before, undefined);
    if (broken !== undefined) counts[broken]++;
  }
  return counts;
}

export function total({ unopened, changed, unclosed, needless }: Broken): number {
  return unopened + changed + unclosed + needless;
}

export function noTag(tag: string, { name, bare }: Scheme): HarnessError {
  return new HarnessError('DATA', { what: `${shown(tag)} is not a tag of ${name}${bare ? ' without types' : ''}.` });
}

/** What is invalid between a word and the next; undefined means O, or the position before and after a sentence. */
type Between = (before: Place | undefined, place: Place | undefined) => keyof Broken | undefined;

const goesOnOrEnds = (place: Place | undefined): place is Place => place?.role === 'inside' || place?.role === 'end';

/** Schemes with a letter for each role. */
const strictly: Between = (before, place) => {
  if (goesOnOrEnds(place)) {
    if (!isOpen(before)) return 'unopened';
    return before.type === place.type ? undefined : 'changed';
  }
  return isOpen(before) ? 'unclosed' : undefined;
};

const BETWEEN: Readonly<Partial<Record<Scheme['name'], Between>>> = {
  IOB1: (before, place) => (place?.role === 'begin' && before?.type !== place.type ? 'needless' : undefined),
  // A span of IOB2 may end before any tag.
  IOB2: (before, place) => (goesOnOrEnds(place) ? strictly(before, place) : undefined),
  IOE1: (before, place) => (before?.role === 'end' && before.type !== place?.type ? 'needless' : undefined),
  // A span of IOE2 may begin after any tag.
  IOE2: (before, place) => {
    if (before?.role !== 'inside' || (place !== undefined && goesOn(before, place))) return undefined;
    return place === undefined ? 'unclosed' : 'changed';
  },
};

import { brokenOf, total, type Broken } from './broken.ts';
import { barePartsOf, LETTERS, OUTSIDE, partsOf, SCHEMES, type Scheme, type SchemeName } from './letters.ts';

/** How the scheme of a corpus was told, or why it has none. */
export type Told =
  /** All tags but O are of one scheme. */
  | 'scheme'
  /** There is no tag but O, or none at all. */
  | 'nothing'
  /** Some tag is no letter, hyphen and type: tags are classes, as parts of speech are. */
  | 'form'
  /** All tags have the form, and no scheme has all their letters: schemes are mixed, or letters mean something else. */
  | 'letters'
  /** All tags are letters, and stand as no scheme has them. */
  | 'order';

export interface FoundScheme {
  /** undefined: tags are plain, each a class. */
  readonly scheme: Scheme | undefined;
  readonly told: Told;
  readonly words: number;
  /** Words that are O. Plain tags may have an O, too. */
  readonly outside: number;
  /** Words whose tag is a letter of some scheme, a hyphen and a type; letters alone in a scheme without types. */
  readonly fitting: number;
  /** Tags but O that are not so, in the order in which they come. Few beside many that fit are most likely mistakes of a corpus. */
  readonly misfits: readonly string[];
  /** All 0 of plain tags. */
  readonly broken: Broken;
}

const WHOLE: Broken = { unopened: 0, changed: 0, unclosed: 0, needless: 0 };

/**
 * The scheme of a corpus from its gold tags, [sentences][words], of all splits together. All tags but O must be a letter, a hyphen and a
 * type. Their letters choose: B, I are IOB1 or IOB2, I with E are IOE1 or IOE2, S is of IOBES, L, U of BILOU, M of BMES, W of BMEOW. Which
 * of the first two pairs it is, the number of broken sequences says (as many of both: IOB2, IOE2), since one `I-` after O in a corpus of
 * IOB2 is a mistake and does not make it IOB1. A scheme with ends needs its `B`, or has spans of one word alone beside O: plain `E-mail`,
 * `S-bahn` are none. Letters alone (`B`, `I`, `O`) are a scheme where all letters of one are there and no sequence is broken: classes of
 * one letter are more common. The schemes are those of seqeval (Nakayama 2018) and Ratinov and Roth 2009. Which scheme it is changes how
 * spans are written, and the counts of what is broken; `spansOf` reads IOB1 as IOB2.
 */
export function findScheme(sentences: readonly (readonly string[])[]): FoundScheme {
  const counts = new Map<string, number>();
  for (const tag of sentences.flat()) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const outside = counts.get(OUTSIDE) ?? 0;
  const words = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const tags = [...counts.keys()].filter((tag) => tag !== OUTSIDE);
  const fits = tags.filter((tag) => partsOf(tag) !== undefined);
  const fitting = fits.reduce((sum, tag) => sum + counts.get(tag)!, 0);
  const misfits = tags.filter((tag) => partsOf(tag) === undefined);
  const plain = (told: Told): FoundScheme => ({ scheme: undefined, told, words, outside, fitting, misfits, broken: WHOLE });
  if (tags.length === 0) return plain('nothing');
  if (tags.every((tag) => barePartsOf(tag) !== undefined)) {
    const scheme = bareScheme(new Set(tags));
    if (scheme === undefined) return plain('form');
    const broken = brokenOf(sentences, scheme);
    if (total(broken) > 0) return plain('order');
    return { scheme, told: 'scheme', words, outside, fitting: words - outside, misfits: [], broken };
  }
  if (misfits.length > 0) return plain('form');
  const letters = new Set(fits.map((tag) => partsOf(tag)!.letter));
  const found = SCHEMES.filter((name) => mayHave(name, letters, outside > 0))
    .map((name) => ({ scheme: { name, bare: false }, told: 'scheme', words, outside, fitting, misfits, name }) as const)
    .map(({ name, ...rest }) => ({ ...rest, broken: brokenOf(sentences, rest.scheme), rank: PREFERRED.indexOf(name) }))
    .toSorted((a, b) => total(a.broken) - total(b.broken) || a.rank - b.rank);
  const [best] = found;
  if (best === undefined) return plain('letters');
  const { rank: _, ...chosen } = best;
  return chosen;
}

/** Letters in the order that words of a span have them; those of one word alone are not among them. */
const WITHIN = ['B', 'I', 'M', 'E', 'L'];

/**
 * The scheme of tags that are known by name alone, as a model has them: that of a corpus of whole spans of them. It is IOB2 where it may be
 * IOB1, too, and IOE2 where it may be IOE1, which `spansOf` reads alike.
 */
export function schemeOfTags(tags: readonly string[]): Scheme | undefined {
  const parts = tags.flatMap((tag) => {
    const found = partsOf(tag) ?? barePartsOf(tag);
    return found === undefined ? [] : [{ tag, ...found }];
  });
  const spans = [...new Set(parts.map(({ type }) => type))].map((type) =>
    parts
      .filter((each) => each.type === type && placeWithin(each) !== -1)
      .toSorted((a, b) => placeWithin(a) - placeWithin(b))
      .map(({ tag }) => tag),
  );
  const alone = tags.filter((tag) => !spans.flat().includes(tag)).map((tag) => [tag]);
  return findScheme([...spans, ...alone]).scheme;
}

function placeWithin({ letter }: { readonly letter: string }): number {
  return WITHIN.indexOf(letter);
}

/** Of schemes that tags may be of alike. */
const PREFERRED: readonly SchemeName[] = ['IOB2', 'IOBES', 'BILOU', 'BMES', 'BMEOW', 'IOE2', 'IOB1', 'IOE1'];

function mayHave(name: SchemeName, letters: ReadonlySet<string>, outside: boolean): boolean {
  const { begin, end, single } = LETTERS[name];
  const own = Object.values(LETTERS[name]);
  if (![...letters].every((letter) => own.includes(letter))) return false;
  if (end === undefined) return true;
  // I alone is IOB1's, and E alone may be anything.
  if (begin === undefined) return letters.size === 2;
  // Letters that are IOB2's, too, are that.
  if (letters.has(begin)) return [...letters].some((letter) => !Object.values<string>(LETTERS.IOB2).includes(letter));
  return letters.size === 1 && letters.has(single!) && outside;
}

function bareScheme(letters: ReadonlySet<string>): Scheme | undefined {
  const name = PREFERRED.find((each) => {
    const own = Object.values(LETTERS[each]);
    return own.length === letters.size && own.every((letter) => letters.has(letter));
  });
  return name === undefined ? undefined : { name, bare: true };
}

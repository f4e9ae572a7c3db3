import { brokenOf, total, type Broken } from './broken.ts';
import { barePartsOf, LETTERS, OUTSIDE, partsOf, SCHEMES, type Scheme, type SchemeName } from './letters.ts';

/** How the scheme of a corpus was detected, or why it has none. */
export type Told =
  /** All tags except O belong to one scheme. */
  | 'scheme'
  /** No tag except O occurs, or no tag at all. */
  | 'nothing'
  /** Some tag is not a letter, a hyphen and a type: tags are classes, as in part-of-speech tagging. */
  | 'form'
  /** All tags have the form, but no scheme has all their letters: schemes are mixed, or the letters mean something else. */
  | 'letters'
  /** All tags are letters only, in an order that no scheme allows. */
  | 'order';

export interface FoundScheme {
  /** undefined: tags are plain classes. */
  readonly scheme: Scheme | undefined;
  readonly told: Told;
  readonly words: number;
  /** Number of words tagged O. Plain tags may include an O, too. */
  readonly outside: number;
  /** Number of words whose tag is a letter of some scheme, a hyphen and a type; a letter only, in a scheme without types. */
  readonly fitting: number;
  /** Other tags except O, in order of first appearance. A few of these among many that fit are most likely annotation errors. */
  readonly misfits: readonly string[];
  /** All 0 for plain tags. */
  readonly broken: Broken;
}

const WHOLE: Broken = { unopened: 0, changed: 0, unclosed: 0, needless: 0 };

/**
 * Detects the scheme of a corpus from its gold tags, [sentences][words], of all splits together. All tags except O must be a letter, a
 * hyphen and a type. Their letters decide: B, I are IOB1 or IOB2, I with E are IOE1 or IOE2, S means IOBES, L, U BILOU, M BMES, W BMEOW.
 * Within the first two pairs, the scheme with fewer invalid sequences wins (ties: IOB2, IOE2), because a single `I-` after O in an IOB2
 * corpus is an error and does not make it IOB1. A scheme with end tags needs its `B`, or only spans of one word next to O: plain `E-mail`,
 * `S-bahn` are not a scheme. Letters only (`B`, `I`, `O`) are a scheme if all its letters occur and no sequence is invalid: one-letter
 * classes are more common. The schemes are those of seqeval (Nakayama 2018) and Ratinov and Roth 2009. The scheme affects how spans are
 * written, and the counts of invalid tags; `spansOf` reads IOB1 as IOB2.
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

/** Letters in their order within a span; those of one-word spans are not included. */
const WITHIN = ['B', 'I', 'M', 'E', 'L'];

/**
 * Detects the scheme of a tag set, e.g. of a model's labels: that of a corpus with complete spans of them. IOB2 if it may also be IOB1, and
 * IOE2 if it may also be IOE1; `spansOf` reads both the same.
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

/** Preference among schemes that fit a tag set equally. */
const PREFERRED: readonly SchemeName[] = ['IOB2', 'IOBES', 'BILOU', 'BMES', 'BMEOW', 'IOE2', 'IOB1', 'IOE1'];

function mayHave(name: SchemeName, letters: ReadonlySet<string>, outside: boolean): boolean {
  const { begin, end, single } = LETTERS[name];
  const own = Object.values(LETTERS[name]);
  if (![...letters].every((letter) => own.includes(letter))) return false;
  if (end === undefined) return true;
  // I without B is IOB1, and E without B fits any scheme.
  if (begin === undefined) return letters.size === 2;
  // Letters that fit IOB2 are taken as IOB2.
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

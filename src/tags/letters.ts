/** Tagging schemes. */
export const SCHEMES = ['IOB1', 'IOB2', 'IOE1', 'IOE2', 'IOBES', 'BILOU', 'BMES', 'BMEOW'] as const;
export type SchemeName = (typeof SCHEMES)[number];

/** Position of a word in its span. `single`: the only word. */
export type Role = 'begin' | 'inside' | 'end' | 'single';

/** The letter of each role. A scheme without one lacks that role: a span of one word then uses `begin`, or `end`. */
export const LETTERS: Readonly<Record<SchemeName, Readonly<Partial<Record<Role, string>>>>> = {
  IOB1: { begin: 'B', inside: 'I' },
  IOB2: { begin: 'B', inside: 'I' },
  IOE1: { inside: 'I', end: 'E' },
  IOE2: { inside: 'I', end: 'E' },
  IOBES: { begin: 'B', inside: 'I', end: 'E', single: 'S' },
  BILOU: { begin: 'B', inside: 'I', end: 'L', single: 'U' },
  BMES: { begin: 'B', inside: 'M', end: 'E', single: 'S' },
  BMEOW: { begin: 'B', inside: 'M', end: 'E', single: 'W' },
};

/** The scheme of a corpus. */
export interface Scheme {
  readonly name: SchemeName;
  /** Tags are letters without a type: `B`, `I`, as in word segmentation. All spans then have the type `_`, as in seqeval. */
  readonly bare: boolean;
}

/** The tag of a word outside all spans. */
export const OUTSIDE = 'O';

/** The type of spans whose tags have none. */
export const NO_TYPE = '_';

export interface TagParts {
  readonly letter: string;
  /** The text after the first hyphen: for `B-creative-work` it is `creative-work`. */
  readonly type: string;
}

const ALL = new Set(Object.values(LETTERS).flatMap((letters) => Object.values(letters)));

/** Parts of a tag: a letter of some scheme, a hyphen, a type. undefined for other forms: `O`, `B`, `B-`, `b-per`, `B_PER`, `-LRB-`. */
export function partsOf(tag: string): TagParts | undefined {
  const letter = tag.charAt(0);
  return tag.charAt(1) === '-' && tag.length > 2 && ALL.has(letter) ? { letter, type: tag.slice(2) } : undefined;
}

/** The same for a tag without a type. */
export function barePartsOf(tag: string): TagParts | undefined {
  return ALL.has(tag) ? { letter: tag, type: NO_TYPE } : undefined;
}

/** The role and type of a tag. */
export interface Place {
  readonly role: Role;
  readonly type: string;
}

/** Parses tags of a scheme: undefined for `O`, `unknown` for a tag that does not belong to it. */
export function placeReader({ name, bare }: Scheme): (tag: string) => Place | undefined | 'unknown' {
  const roles = new Map(Object.entries(LETTERS[name]).map(([role, letter]) => [letter, role as Role]));
  const seen = new Map<string, Place | undefined | 'unknown'>([[OUTSIDE, undefined]]);
  const read = (tag: string): Place | 'unknown' => {
    const parts = bare ? barePartsOf(tag) : partsOf(tag);
    const role = parts === undefined ? undefined : roles.get(parts.letter);
    return parts === undefined || role === undefined ? 'unknown' : { role, type: parts.type };
  };
  return (tag) => {
    // A corpus has few distinct tags and many words.
    if (!seen.has(tag)) seen.set(tag, read(tag));
    return seen.get(tag);
  };
}

/** Whether a word continues the span of the previous word, which may be in none. */
export function goesOn(before: Place | undefined, place: Place): boolean {
  return isOpen(before) && (place.role === 'inside' || place.role === 'end') && before.type === place.type;
}

/** Whether a span may continue after the word. */
export function isOpen(place: Place | undefined): place is Place {
  return place?.role === 'begin' || place?.role === 'inside';
}

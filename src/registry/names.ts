import { distance } from 'fastest-levenshtein';

/** Keys are the same without regard to case, `-` and `_`. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** More edits than this share of a word, and it is another word. */
const FAR = 0.4;
/** So many suggestions help; more are a list. */
const MOST = 3;

/** ` Did you mean "x"?` (with the space before it) for the candidates near a name; empty where none is. */
export function didYouMean(name: string, candidates: Iterable<string>, prefix = ''): string {
  const asked = normalName(name);
  const near = [...new Set(candidates)]
    .map((candidate) => ({ candidate, edits: editsBetween(asked, normalName(candidate)) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(FAR * Math.max(asked.length, normalName(candidate).length))))
    .toSorted((a, b) => a.edits - b.edits)
    .filter(({ edits }, _at, all) => edits <= all[0]!.edits + 1)
    .slice(0, MOST)
    .map(({ candidate }) => `"${prefix}${candidate}"`);
  if (near.length === 0) return '';
  return ` Did you mean ${near.length === 1 ? near[0] : `${near.slice(0, -1).join(', ')} or ${near.at(-1)}`}?`;
}

/** The first letters of a name are a fair guess at it: as near as one edit. */
function editsBetween(asked: string, candidate: string): number {
  if (asked.length >= 3 && candidate.startsWith(asked)) return 1;
  return distance(asked, candidate);
}

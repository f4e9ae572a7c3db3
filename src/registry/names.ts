/** Keys are compared without case, `-` and `_`. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** With more edits than this fraction of a word, it is another word. */
const FAR = 0.4;
/** Shorter parts occur in too many names. */
const SHORTEST_PART = 3;
/** Maximum number of suggestions. */
const MOST = 3;

/** ` Did you mean "x"?` (with the leading space) for the candidates near a name; empty if there is none. */
export function didYouMean(name: string, candidates: Iterable<string>, prefix = ''): string {
  const asked = normalName(name);
  const near = [...new Set(candidates)]
    .map((candidate) => ({ candidate, edits: Math.min(editsBetween(asked, normalName(candidate)), editsOfParts(name, candidate)) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(FAR * Math.max(asked.length, normalName(candidate).length))))
    .toSorted((a, b) => a.edits - b.edits)
    .filter(({ edits }, _at, all) => edits <= all[0]!.edits + 1)
    .slice(0, MOST)
    .map(({ candidate }) => `"${prefix}${candidate}"`);
  if (near.length === 0) return '';
  return ` Did you mean ${near.length === 1 ? near[0] : `${near.slice(0, -1).join(', ')} or ${near.at(-1)}`}?`;
}

/** A prefix of a name is a good guess at it: it counts as one edit. */
function editsBetween(asked: string, candidate: string): number {
  if (asked.length >= 3 && candidate.startsWith(asked)) return 1;
  return distance(asked, candidate);
}

/** A name whose parts all occur (`minilm`, `bge small`) counts as two edits. */
function editsOfParts(name: string, candidate: string): number {
  const parts = name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '');
  const isPart = parts.length > 0 && Math.max(...parts.map(({ length }) => length)) >= SHORTEST_PART;
  return isPart && parts.every((part) => candidate.toLowerCase().includes(part)) ? 2 : Infinity;
}

/**
 * Insertions, deletions, substitutions and swaps of adjacent characters: optimal string alignment, i.e. Damerau's edits that do not
 * overlap.
 */
function distance(a: string, b: string): number {
  let [beforeLast, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1), swapped ? beforeLast[j - 2]! + 1 : Infinity);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}

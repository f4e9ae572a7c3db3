import type { EqualRows } from './equal-rows.ts';

/**
 * Rows with the same exclusion group are not each other's neighbours, such as the words of a sentence. `exclusion` [rows of the matrix] has
 * a number for each; -1: equal rows of several groups.
 */
export const SEVERAL = -1;

/** [groups] The exclusion group of each group of equal rows, or SEVERAL. */
export function exclusionOfGroups({ count, first, offsets, rows }: EqualRows, exclusion: Int32Array): Int32Array {
  const found = new Int32Array(count);
  for (let group = 0; group < count; group++) {
    const own = exclusion[first[group]!]!;
    found[group] = own;
    for (let at = offsets[group]!; at < offsets[group + 1]!; at++) if (exclusion[rows[at]!] !== own) found[group] = SEVERAL;
  }
  return found;
}

/** Size of the largest exclusion group among some rows. `of`: the exclusion groups considered. Default: all. */
export function largestExclusionGroup(exclusion: Int32Array, rows: Iterable<number>, of?: ReadonlySet<number>): number {
  const counts = new Map<number, number>();
  let most = 0;
  for (const row of rows) {
    const own = exclusion[row]!;
    if (of?.has(own) === false) continue;
    const count = (counts.get(own) ?? 0) + 1;
    counts.set(own, count);
    if (count > most) most = count;
  }
  return most;
}

import type { EqualRows } from './equal-rows.ts';

/**
 * Rows of one kin are none of each other's neighbours, as words of a sentence are not. `kin` [rows of the matrix] has a number for each; -1
 * stands for equal rows of several kin.
 */
export const SEVERAL = -1;

/** [groups] The kin of each group of equal rows, or SEVERAL. */
export function kinOfGroups({ count, first, offsets, rows }: EqualRows, kin: Int32Array): Int32Array {
  const found = new Int32Array(count);
  for (let group = 0; group < count; group++) {
    const own = kin[first[group]!]!;
    found[group] = own;
    for (let at = offsets[group]!; at < offsets[group + 1]!; at++) if (kin[rows[at]!] !== own) found[group] = SEVERAL;
  }
  return found;
}

/** Rows among some of the kin that has the most of them. `of`: the kin that are looked at; left out: all. */
export function largestKin(kin: Int32Array, rows: Iterable<number>, of?: ReadonlySet<number>): number {
  const counts = new Map<number, number>();
  let most = 0;
  for (const row of rows) {
    const own = kin[row]!;
    if (of?.has(own) === false) continue;
    const count = (counts.get(own) ?? 0) + 1;
    counts.set(own, count);
    if (count > most) most = count;
  }
  return most;
}

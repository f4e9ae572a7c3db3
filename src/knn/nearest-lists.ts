import type { EqualRows } from './equal-rows.ts';
import { before, type NearestList } from './nearest-list.ts';
import type { Found } from './search-space.ts';

/** The k nearest rows of each of many queries found so far: ascending by (distance, row), without duplicates. */
export class NearestLists implements Found {
  readonly k: number;
  /** [lists, k] */
  readonly rows: Int32Array;
  /** [lists, k]; Infinity where empty. */
  readonly distances: Float64Array;

  constructor(lists: number, k: number) {
    this.k = k;
    this.rows = new Int32Array(lists * k);
    this.distances = new Float64Array(lists * k).fill(Infinity);
  }

  /** Replaces the content of a list. */
  set(list: number, nearest: NearestList): void {
    this.rows.set(nearest.rows, list * this.k);
    this.distances.set(nearest.distances, list * this.k);
  }

  /** Merges into the content of a list. */
  take(list: number, { rows, distances, length }: NearestList): void {
    for (let at = 0; at < length; at++) this.add(list, distances[at]!, rows[at]!);
  }

  /** Adds all rows of a group, which is at this distance. */
  addGroup(list: number, distance: number, { offsets, rows }: EqualRows, group: number): void {
    if (distance > this.distances[(list + 1) * this.k - 1]!) return;
    for (let at = offsets[group]!, end = offsets[group + 1]!; at < end; at++) this.add(list, distance, rows[at]!);
  }

  add(list: number, distance: number, row: number): void {
    const { rows, distances, k } = this;
    const from = list * k;
    let at = from + k - 1;
    if (!before(distance, row, distances[at]!, rows[at]!)) return;
    // A row has only one distance: if it is in the list, it is at its insertion position.
    let to = at;
    while (to > from && before(distance, row, distances[to - 1]!, rows[to - 1]!)) to--;
    if (to > from && distances[to - 1] === distance && rows[to - 1] === row) return;
    for (; at > to; at--) {
      distances[at] = distances[at - 1]!;
      rows[at] = rows[at - 1]!;
    }
    distances[to] = distance;
    rows[to] = row;
  }

  /** Lists that are not full. */
  short(): number[] {
    const { k, distances } = this;
    const found: number[] = [];
    for (let list = 0, at = k - 1; at < distances.length; list++, at += k) if (distances[at] === Infinity) found.push(list);
    return found;
  }
}

import type { RowSource } from '../numeric/row-source.ts';

/** Groups of bit-identical rows: a search sees each group once. Rows keep their numbers in the matrix. */
export interface EqualRows {
  /** Groups, in the order of their first rows. */
  readonly count: number;
  /** [count] first row of each group. */
  readonly first: Int32Array;
  /** [count + 1] start of each group in `rows`. */
  readonly offsets: Int32Array;
  /** All rows, group by group, in the order given. */
  readonly rows: Int32Array;
}

/** Groups some `rows` of all. */
export function groupEqualRows(source: RowSource, rows: Int32Array): EqualRows {
  const { cols } = source;
  const earlier = source.again();
  const words = wordsOf(source);
  const others = wordsOf(earlier);
  const newest = new Map<number, number>(); // hash → its latest group
  const older: number[] = []; // group → the group of the same hash before it, or -1
  const first: number[] = [];
  const groupOf = new Int32Array(rows.length);
  for (const [i, row] of rows.entries()) {
    const at = source.at(row);
    const hash = hashRow(words, at, cols);
    const latest = newest.get(hash) ?? -1;
    let group = latest;
    while (group !== -1 && !equalRow(words, at, others, earlier.at(first[group]!), cols)) group = older[group]!;
    if (group === -1) {
      group = first.push(row) - 1;
      older.push(latest);
      newest.set(hash, group);
    }
    groupOf[i] = group;
  }
  return { count: first.length, first: Int32Array.from(first), ...layOut(groupOf, rows, first.length) };
}

function layOut(groupOf: Int32Array, rows: Int32Array, count: number): { offsets: Int32Array; rows: Int32Array } {
  const offsets = new Int32Array(count + 1);
  for (const group of groupOf) offsets[group + 1]!++;
  for (let group = 0; group < count; group++) offsets[group + 1]! += offsets[group]!;
  const next = offsets.slice(0, count);
  const sorted = new Int32Array(rows.length);
  for (const [i, row] of rows.entries()) sorted[next[groupOf[i]!]!++] = row;
  return { offsets, rows: sorted };
}

/** Multiply and xor, as in MurmurHash3's body. */
function hashRow(words: Int32Array, from: number, cols: number): number {
  let hash = cols;
  for (let at = from, end = from + cols; at < end; at++) {
    hash = Math.imul(hash ^ Math.imul(words[at]!, 0xcc9e2d51 | 0), 0x1b873593);
    hash ^= hash >>> 15;
  }
  return hash;
}

function equalRow(words: Int32Array, a: number, others: Int32Array, b: number, cols: number): boolean {
  for (let j = 0; j < cols; j++) if (words[a + j] !== others[b + j]) return false;
  return true;
}

function wordsOf({ data }: RowSource): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, data.length);
}

import { CentredRows } from './centred-rows.ts';
import { NearestList } from './nearest-list.ts';
import { NearestLists } from './nearest-lists.ts';
import type { Found, SearchSpace } from './search-space.ts';

/** Codes are whole numbers from -CODE_MOST to CODE_MOST. */
const CODE_MOST = 127;
/** The largest codes stand for the number that this share of all is nearer to 0 than: a few far ones may not make all others coarse. */
const CODE_REACH = 0.9999;
/** Rows that this is taken from, evenly spaced. */
const SCALE_ROWS = 2000;
/** Rows that are coded at once. */
const SLICE = 2048;

/** Whose rows are coded: those that an index is made of, or the queries. */
export type Coded = 'indexed' | 'queries';

/**
 * What one part of an index found: [count, width] places among the indexed, -1 where there is none, and how far they are by their codes.
 */
export interface PartFound {
  readonly width: number;
  readonly places: Int32Array;
  readonly distances: Float32Array;
}

/**
 * The search by an index of codes, as the thread that holds the vectors does its share: it codes rows, each number by 8 bits, and ranks
 * what the index found by exact distances. Centred and scaled as `CentredRows` has them, rows are near by their codes where they are near.
 */
export class CodedSearch {
  readonly space: SearchSpace;
  readonly #rows: CentredRows;
  readonly #scale: number;
  readonly #list: NearestList;
  readonly #lists: NearestLists;
  readonly #groupOf: Int32Array;
  /** Whether the queries are what is indexed, so that who is near to one is told of it. */
  readonly #mutual: boolean;

  constructor(space: SearchSpace) {
    this.space = space;
    this.#rows = new CentredRows(space);
    this.#scale = this.#scaleOfCodes();
    this.#list = new NearestList(space.k);
    this.#lists = new NearestLists(space.queries.count, space.k);
    this.#mutual = space.queries === space.corpus;
    this.#groupOf = space.groupOfRows();
  }

  /** Codes [count, cols] of rows from a place on. */
  codes(coded: Coded, from: number, count: number): Int8Array {
    const { space } = this;
    const { cols } = space.vectors.corpus;
    const codes = new Int8Array(count * cols);
    for (let at = 0; at < count; at += SLICE) {
      const rows = this.#rowsOf(coded, from + at, Math.min(SLICE, count - at));
      const data = this.#centred(coded, rows);
      for (let i = 0, to = at * cols; i < data.length; i++, to++) {
        codes[to] = Math.max(-CODE_MOST, Math.min(CODE_MOST, Math.round(data[i]! * this.#scale)));
      }
    }
    return codes;
  }

  /**
   * Ranks what the parts found of groups of queries from a place on: of all parts the `width` nearest by their codes. Where queries are
   * among themselves, a query is offered to itself, and to those that were found for it, too: rows to which no path of the index leads find
   * others, and most of what an index misses are these.
   */
  rank(from: number, count: number, parts: readonly PartFound[]): void {
    const { space } = this;
    const list = this.#list;
    const lists = this.#lists;
    const width = Math.max(0, ...parts.map((part) => part.width));
    const nearest = new NearestList(width);
    for (let i = 0; i < count; i++) {
      const group = from + i;
      if (space.answerZero(group, list)) {
        lists.set(group, list);
        continue;
      }
      space.begin(group, list);
      lists.take(group, list);
      nearest.clear();
      for (const part of parts) {
        for (let at = i * part.width, end = at + part.width; at < end && part.places[at]! >= 0; at++) {
          if (!nearest.add(part.distances[at]!, part.places[at]!)) break;
        }
      }
      const query = space.queryRow(group);
      if (this.#mutual) lists.addGroup(group, space.distance(query, group), space.corpus, group);
      for (let at = 0; at < nearest.length; at++) {
        const other = space.indexed[nearest.rows[at]!]!;
        const distance = space.distance(query, other);
        lists.addGroup(group, distance, space.corpus, other);
        if (this.#mutual && other !== group) lists.addGroup(other, distance, space.corpus, group);
      }
    }
  }

  /**
   * Where queries are among themselves: offers to each of some groups of them the neighbours of its neighbours, and the groups to these
   * (NN-descent, Dong, Charikar and Li 2011). What an index misses is most often near to something that it found.
   */
  join(from: number, count: number): void {
    if (!this.#mutual) return;
    const { space } = this;
    const lists = this.#lists;
    const { k } = space;
    const seen = new Set<number>();
    for (let group = from; group < from + count; group++) {
      const query = space.queryRow(group);
      seen.clear();
      seen.add(group);
      const near: number[] = [];
      for (let at = group * k; at < (group + 1) * k && lists.distances[at]! < Infinity; at++) {
        const other = this.#groupOf[lists.rows[at]!]!;
        if (!seen.has(other)) near.push(other);
        seen.add(other);
      }
      for (const middle of near) {
        for (let at = middle * k; at < (middle + 1) * k && lists.distances[at]! < Infinity; at++) {
          const other = this.#groupOf[lists.rows[at]!]!;
          if (seen.has(other)) continue;
          seen.add(other);
          const distance = space.distance(query, other);
          lists.addGroup(group, distance, space.corpus, other);
          lists.addGroup(other, distance, space.corpus, group);
        }
      }
    }
  }

  /** What was found, and the groups of queries to be searched exactly: an index may have parts that no path leads to or from. */
  end(): { readonly found: Found; readonly short: readonly number[] } {
    return { found: this.#lists, short: this.#lists.short() };
  }

  /** What centred numbers are multiplied by. */
  #scaleOfCodes(): number {
    const { length } = this.space.indexed;
    const step = Math.ceil(Math.max(1, length / SCALE_ROWS));
    const rows = this.#rowsOf('indexed', 0, length).filter((_, place) => place % step === 0);
    const sizes = this.#centred('indexed', rows).map(Math.abs).toSorted();
    const reach = sizes[Math.floor((sizes.length - 1) * CODE_REACH)] ?? 0;
    return reach === 0 ? 1 : CODE_MOST / reach;
  }

  #rowsOf(coded: Coded, from: number, count: number): Int32Array {
    const { indexed, corpus, queries } = this.space;
    if (coded === 'queries') return queries.first.subarray(from, from + count);
    return indexed.subarray(from, from + count).map((group) => corpus.first[group]!);
  }

  #centred(coded: Coded, rows: Int32Array): Float32Array {
    const { corpus, queries, corpusSquares, querySquares } = this.space.vectors;
    const data = new Float32Array(rows.length * corpus.cols);
    const squares = new Float64Array(rows.length);
    const [source, lengths] = coded === 'queries' ? [queries, querySquares] : [corpus, corpusSquares];
    this.#rows.write({ source, rows, lengths, data, squares });
    return data;
  }
}

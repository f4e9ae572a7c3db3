import { CentredRows } from './centred-rows.ts';
import { NearestList } from './nearest-list.ts';
import { NearestLists } from './nearest-lists.ts';
import type { Found, SearchSpace } from './search-space.ts';

/** Codes are integers from -CODE_MOST to CODE_MOST. */
const CODE_MOST = 127;
/** Quantile of absolute values that the largest code represents: a few outliers must not make all others coarse. */
const CODE_REACH = 0.9999;
/** Number of evenly spaced rows that the quantile is computed on. */
const SCALE_ROWS = 2000;
/** Rows encoded at a time. */
const SLICE = 2048;

/** Which rows are encoded: the indexed ones, or the queries. */
export type Coded = 'indexed' | 'queries';

/** Result of one part of an index: [count, width] row numbers among the indexed, -1 where there is none, and distances between codes. */
export interface PartFound {
  readonly width: number;
  readonly places: Int32Array;
  readonly distances: Float32Array;
}

/**
 * The share of an HNSW search that runs in the thread holding the vectors: it quantises rows to 8 bits per number, and ranks what the index
 * found by exact distances. Rows are centred and scaled as in `CentredRows`, so that distances between codes approximate distances between
 * rows.
 */
export class CodedSearch {
  readonly space: SearchSpace;
  readonly #rows: CentredRows;
  readonly #scale: number;
  readonly #list: NearestList;
  readonly #lists: NearestLists;
  readonly #groupOf: Int32Array;
  /** Whether the queries are the indexed rows, so that a neighbour is also offered the query. */
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

  /** Codes [count, cols] of rows, starting at one. */
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
   * Ranks what the parts found for groups of queries, starting at one: the `width` nearest by their codes over all parts. If queries are
   * the indexed rows, a query is also offered to itself and to the rows found for it: unreachable rows of the index find others this way,
   * and most of what an index misses are these.
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
   * If queries are the indexed rows: offers each of some groups the neighbours of its neighbours, and vice versa (NN-descent, Dong,
   * Charikar and Li 2011). What an index misses is usually close to something that it found.
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

  /** The result, and the groups of queries to search exactly: an index may have unreachable parts. */
  end(): { readonly found: Found; readonly short: readonly number[] } {
    return { found: this.#lists, short: this.#lists.short() };
  }

  /** Factor from centred numbers to codes. */
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

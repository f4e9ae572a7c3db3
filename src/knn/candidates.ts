import type { Scored } from './products.ts';
import { GROUP } from './search-names.ts';

/** A range of queries, each with the rows of the lowest scores that it was offered. */
export class Candidates {
  /** Places of the queries: from, from + 1, … */
  readonly from: number;
  readonly size: number;
  /** Rows kept of each query. */
  readonly width: number;
  /** [size, width] ascending; Infinity where there is none yet. */
  readonly scores: Float32Array;
  /** [size, width] places of the rows. */
  readonly places: Int32Array;
  /** [size] squared lengths of the queries. */
  readonly squares: Float64Array;
  /** [size] the highest score kept. */
  readonly #limits: Float32Array;

  constructor({ from, size, width }: { from: number; size: number; width: number }) {
    this.from = from;
    this.size = size;
    this.width = width;
    this.scores = new Float32Array(size * width).fill(Infinity);
    this.places = new Int32Array(size * width);
    this.squares = new Float64Array(size);
    this.#limits = new Float32Array(size).fill(Infinity);
  }

  /**
   * Offers rows to queries by their products -2 q·r, the row-th of which lies at place `at + row`. The score of a row is its squared
   * distance less the query's own squared length: product + |r|². Of a group only what is below the query's limit is looked at.
   */
  offer({ first, count, at, rows, scored: { products, stride, rowMinima }, squares }: Offer): void {
    const limits = this.#limits;
    const groups = stride / GROUP;
    for (let i = 0; i < count; i++) {
      const query = first - this.from + i;
      let limit = limits[query]!;
      for (let group = 0, minimum = i * groups; group < groups; group++, minimum++) {
        if (rowMinima[minimum]! >= limit) continue;
        for (let row = group, from = i * stride; row < rows; row += groups) {
          const score = products[from + row]! + squares[row]!;
          if (score < limit) limit = this.#insert(query, score, at + row);
        }
      }
    }
  }

  /** The same the other way round: the queries, of which there are whole groups with those beyond `count`, are rows for the tile's rows. */
  offerBack({ first, count, at, rows, scored: { products, stride, queryMinima } }: Offer, onesided: number): void {
    const limits = this.#limits;
    const others = at - this.from;
    const groups = queryMinima.length / stride;
    for (let group = 0; group < groups; group++) {
      for (let row = onesided, minimum = group * stride + onesided; row < rows; row++, minimum++) {
        let limit = limits[others + row]!;
        if (queryMinima[minimum]! >= limit) continue;
        for (let i = group; i < count; i += groups) {
          const score = products[i * stride + row]! + this.squares[first - this.from + i]!;
          if (score < limit) limit = this.#insert(others + row, score, first + i);
        }
      }
    }
  }

  /** Puts a row in its place; returns the highest score that is kept now. */
  #insert(query: number, score: number, place: number): number {
    const { scores, places, width } = this;
    const from = query * width;
    let to = from + width - 1;
    const last = to;
    for (; to > from && scores[to - 1]! > score; to--) {
      scores[to] = scores[to - 1]!;
      places[to] = places[to - 1]!;
    }
    scores[to] = score;
    places[to] = place;
    return (this.#limits[query] = scores[last]!);
  }
}

export interface Offer {
  /** Places of the queries: first, first + 1, … */
  readonly first: number;
  readonly count: number;
  readonly at: number;
  readonly rows: number;
  readonly scored: Scored;
  /** Squared lengths of the rows. */
  readonly squares: Float32Array;
}

import type { Scored } from './products.ts';
import { SEVERAL } from './kin.ts';
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
  /** [size] a score from which on a row is none of the best. */
  readonly #limits: Float32Array;
  readonly #kin: CandidatesParams['kin'];

  constructor({ from, size, width, kin, limits = new Float32Array(size).fill(Infinity) }: CandidatesParams) {
    this.from = from;
    this.size = size;
    this.width = width;
    this.scores = new Float32Array(size * width).fill(Infinity);
    this.places = new Int32Array(size * width);
    this.squares = new Float64Array(size);
    this.#limits = limits;
    this.#kin = kin;
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

  /** Takes what others found for the same queries, of other rows. */
  take({ scores, places }: Pick<Candidates, 'scores' | 'places'>): void {
    const { size, width } = this;
    for (let query = 0, at = 0; query < size; query++, at = query * width) {
      let limit = this.#limits[query]!;
      for (const end = at + width; at < end && scores[at]! < limit; at++) limit = this.#insert(query, scores[at]!, places[at]!);
    }
  }

  /** Puts a row in its place where it is no kin; returns the score from which on others are none of the best. */
  #insert(query: number, score: number, place: number): number {
    const { scores, places, width } = this;
    if (this.#kin !== undefined) {
      const own = this.#kin.queries[this.from + query]!;
      if (own !== SEVERAL && own === this.#kin.rows[place]!) return this.#limits[query]!;
    }
    const from = query * width;
    let to = from + width - 1;
    const last = to;
    for (; to > from && scores[to - 1]! > score; to--) {
      scores[to] = scores[to - 1]!;
      places[to] = places[to - 1]!;
    }
    scores[to] = score;
    places[to] = place;
    return (this.#limits[query] = Math.min(this.#limits[query]!, scores[last]!));
  }
}

export interface CandidatesParams {
  readonly from: number;
  readonly size: number;
  readonly width: number;
  /** The kin of each query and of each row, by their places; undefined: nobody has any. */
  readonly kin?: { readonly queries: Int32Array; readonly rows: Int32Array } | undefined;
  /**
   * [size] infinite at first; shared by threads that search other rows for the same queries. Whatever one of them overwrites, each is a
   * score that as many rows as are kept are no worse than, of one of the threads.
   */
  readonly limits?: Float32Array | undefined;
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

import type { Scored } from './products.ts';
import { SEVERAL } from './exclusion-groups.ts';
import { GROUP } from './search-names.ts';

/** The best candidate rows, by score, of a range of queries. */
export class Candidates {
  /** Row numbers of the queries: from, from + 1, … */
  readonly from: number;
  readonly size: number;
  /** Candidates kept per query. */
  readonly width: number;
  /** [size, width] ascending; Infinity where empty. */
  readonly scores: Float32Array;
  /** [size, width] row numbers of the candidates. */
  readonly places: Int32Array;
  /** [size] squared lengths of the queries. */
  readonly squares: Float64Array;
  /** [size] score from which a row is no longer a candidate. */
  readonly #limits: Float32Array;
  readonly #exclusion: CandidatesParams['exclusion'];

  constructor({ from, size, width, exclusion, limits = new Float32Array(size).fill(Infinity) }: CandidatesParams) {
    this.from = from;
    this.size = size;
    this.width = width;
    this.scores = new Float32Array(size * width).fill(Infinity);
    this.places = new Int32Array(size * width);
    this.squares = new Float64Array(size);
    this.#limits = limits;
    this.#exclusion = exclusion;
  }

  /**
   * Offers rows to queries by their products -2 q·r; that of the row-th row is at index `at + row`. The score of a row is its squared
   * distance minus the query's own squared length: product + |r|². Only groups whose minimum is below the query's limit are examined.
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

  /** The same in the other direction: the queries, padded to whole groups beyond `count`, are rows for the tile's rows. */
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

  /** Merges candidates that other threads found for the same queries among other rows. */
  take({ scores, places }: Pick<Candidates, 'scores' | 'places'>): void {
    const { size, width } = this;
    for (let query = 0, at = 0; query < size; query++, at = query * width) {
      let limit = this.#limits[query]!;
      for (const end = at + width; at < end && scores[at]! < limit; at++) limit = this.#insert(query, scores[at]!, places[at]!);
    }
  }

  /** Inserts a row unless it is of the query's own group; returns the score from which others are no longer candidates. */
  #insert(query: number, score: number, place: number): number {
    const { scores, places, width } = this;
    if (this.#exclusion !== undefined) {
      const own = this.#exclusion.queries[this.from + query]!;
      if (own !== SEVERAL && own === this.#exclusion.rows[place]!) return this.#limits[query]!;
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
  /** The exclusion group of each query and of each row, by row number; undefined: none. */
  readonly exclusion?: { readonly queries: Int32Array; readonly rows: Int32Array } | undefined;
  /**
   * [size] initially infinite; shared by threads that search other rows for the same queries. Concurrent writes are harmless: any value is
   * a valid limit of one of the threads, which has a full list of rows at most that far.
   */
  readonly limits?: Float32Array | undefined;
}

export interface Offer {
  /** Row numbers of the queries: first, first + 1, … */
  readonly first: number;
  readonly count: number;
  readonly at: number;
  readonly rows: number;
  readonly scored: Scored;
  /** Squared lengths of the rows. */
  readonly squares: Float32Array;
}

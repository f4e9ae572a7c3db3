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
   * Offers rows to queries by their products -2 q·r [queries, rows], the row-th of which lies at place `at + row`. The score of a
   * row is its squared distance less the query's own squared length: product + |r|².
   */
  offer({ first, count, at, rows, products, squares }: Offer): void {
    const limits = this.#limits;
    for (let query = first - this.from, end = query + count, from = 0; query < end; query++, from += rows) {
      let limit = limits[query]!;
      for (let row = 0; row < rows; row++) {
        const score = products[from + row]! + squares[row]!;
        if (score < limit) limit = this.#insert(query, score, at + row);
      }
    }
  }

  /** The same where the rows are queries of this range, too: each product serves both, but for the first `onesided` rows. */
  offerBoth({ first, count, at, rows, products, squares, onesided }: Offer & { readonly onesided: number }): void {
    const limits = this.#limits;
    const others = at - this.from;
    for (let query = first - this.from, end = query + count, from = 0; query < end; query++, from += rows) {
      let limit = limits[query]!;
      const square = this.squares[query]!;
      const place = query + this.from;
      for (let row = 0; row < onesided; row++) {
        const score = products[from + row]! + squares[row]!;
        if (score < limit) limit = this.#insert(query, score, at + row);
      }
      for (let row = onesided; row < rows; row++) {
        const product = products[from + row]!;
        if (product + squares[row]! < limit) limit = this.#insert(query, product + squares[row]!, at + row);
        if (product + square < limits[others + row]!) this.#insert(others + row, product + square, place);
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
  /** [count, rows] */
  readonly products: Float32Array;
  /** [rows] squared lengths. */
  readonly squares: Float64Array;
}

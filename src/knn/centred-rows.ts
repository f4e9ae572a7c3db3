import type { RowSource } from '../numeric/row-source.ts';
import type { SearchSpace } from './search-space.ts';

/** Unit roundoff of float32. */
export const FLOAT32_ROUNDOFF = 2 ** -24;

/**
 * Rows prepared for float32 products: scaled to unit length for the cosine, centred on the corpus mean, and multiplied by a power of two
 * that brings the longest to about 1. The order of distances is preserved: the cosine distance is half the squared distance of unit
 * vectors. Encoder vectors share a large mean, which would cost the products their precision.
 */
export class CentredRows {
  readonly #cols: number;
  readonly #cosine: boolean;
  readonly #mean: Float64Array;
  /** Factor from distances of the original rows to distances of the rows that `write` makes. */
  readonly factor: number;
  /** Bound on the float64 error of a row before it is rounded to float32. */
  readonly slack: number;

  constructor({ vectors, corpus, indexed }: SearchSpace) {
    const { metric, corpus: source, corpusSquares, querySquares } = vectors;
    const { data, cols } = source;
    this.#cols = cols;
    this.#cosine = metric === 'cosine';
    this.#mean = new Float64Array(cols);
    for (const group of indexed) {
      const row = corpus.first[group]!;
      const scale = this.#scale(corpusSquares[row]!) / indexed.length;
      for (let j = 0, at = source.at(row); j < cols; j++, at++) this.#mean[j]! += data[at]! * scale;
    }
    let length = 0;
    for (const value of this.#mean) length += value * value;
    const longest = this.#cosine ? 1 : Math.sqrt(Math.max(maximum(corpusSquares), maximum(querySquares)));
    const reach = longest + Math.sqrt(length);
    this.factor = reach === 0 ? 1 : 2 ** -Math.ceil(Math.log2(reach));
    this.slack = 2 ** -48 * reach * this.factor;
  }

  /** Writes the rows into `data` [rows.length, cols], and their squared lengths into `squares`. Returns the largest length. */
  write({ source, rows, lengths, data, squares }: WriteParams): number {
    const cols = this.#cols;
    const mean = this.#mean;
    const factor = this.factor;
    const numbers = source.data;
    let longest = 0;
    for (let i = 0, to = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const scale = this.#scale(lengths[row]!);
      let sum = 0;
      for (let j = 0, at = source.at(row); j < cols; j++, at++, to++) {
        data[to] = (numbers[at]! * scale - mean[j]!) * factor;
        const value = data[to]!;
        sum += value * value;
      }
      squares[i] = sum;
      if (sum > longest) longest = sum;
    }
    return Math.sqrt(longest);
  }

  #scale(squaredLength: number): number {
    return !this.#cosine || squaredLength === 0 ? 1 : 1 / Math.sqrt(squaredLength);
  }
}

export interface WriteParams {
  readonly source: RowSource;
  readonly rows: Int32Array;
  /** Squared length of every row of the source. */
  readonly lengths: Float64Array;
  readonly data: Float32Array;
  /** [rows.length] */
  readonly squares: Float64Array;
}

function maximum(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}

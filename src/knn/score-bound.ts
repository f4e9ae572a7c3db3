import { COSINE_RESOLUTION } from '../numeric/distance.ts';
import { FLOAT32_ROUNDOFF, type CentredRows } from './centred-rows.ts';
import type { Metric } from './types.ts';

/** Smallest normal float32: the maximum error of a product that underflows, or is flushed to zero. */
const FLOAT32_TINY = 2 ** -126;

/**
 * Error bound of the float32 scores. A score is |b|² - 2 a·b for centred rows a (query) and b (corpus), so that |a|² + score is their
 * squared distance, up to rounding. Any sum of n products, in any order, with or without fused multiply-add, is off by at most γₙ Σ|aᵢbᵢ| ≤
 * γₙ |a||b|, γₙ = nu / (1 - nu) (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1); some terms more than d
 * allow for |b|² and the two additions.
 */
export class ScoreBound {
  readonly #metric: Metric;
  readonly #cols: number;
  readonly #gamma: number;
  readonly #rows: CentredRows;
  /** Length of the longest centred row of the corpus. */
  longest = 0;

  constructor({ metric, cols, rows }: { metric: Metric; cols: number; rows: CentredRows }) {
    const terms = (cols + 16) * FLOAT32_ROUNDOFF;
    this.#metric = metric;
    this.#cols = cols;
    this.#rows = rows;
    // Beyond 2^23 columns there is no bound: no score excludes a row.
    this.#gamma = terms < 0.5 ? terms / (1 - terms) : Infinity;
  }

  /**
   * Score above which no row can be within `distance` of the query, whose centred squared length is `square`: despite the error of the
   * products such a row is further away.
   */
  limit(square: number, distance: number): number {
    if (distance === Infinity) return Infinity;
    const centred = this.#centred(distance);
    const length = Math.sqrt(square);
    // Rounding of the two centred rows to float32, by at most half a unit in each column.
    const moved = (longest: number) =>
      1.01 * FLOAT32_ROUNDOFF * (length + longest) + 2 * this.#rows.slack + Math.sqrt(this.#cols) * FLOAT32_TINY;
    // Upper bound on the length of a row within the distance, regardless of the longest in the corpus.
    const longest = Math.min(this.longest, length + centred + moved(this.longest));
    const lost = this.#gamma * (longest * longest + 2 * length * longest) + (this.#cols + 16) * FLOAT32_TINY;
    return (centred + moved(longest)) ** 2 - square + lost + 1e-13 * square;
  }

  /** Lower bound on the distance between centred rows, given the original distance. */
  #centred(distance: number): number {
    const { factor } = this.#rows;
    if (this.#metric === 'cosine') return factor * Math.sqrt(2 * (distance + COSINE_RESOLUTION)) * (1 + 2 ** -48);
    return factor * distance * (1 + (this.#cols + 16) * 2 ** -51);
  }
}

import type { Matrix } from '../numeric/matrix.ts';

/** Frozen vectors of labelled texts: what every estimator looks at. */
export interface Labelled {
  /** [n, d] */
  readonly vectors: Matrix;
  /** [n] class of each text, each of 0 to classes - 1. */
  readonly labels: Int32Array;
  readonly classes: number;
  /**
   * [n] ascending: texts of one group are alike for other reasons than their class, as words of a sentence are. They neither vote for each
   * other nor stand on both sides of a fold. undefined: each text is alone.
   */
  readonly groups?: Int32Array | undefined;
}

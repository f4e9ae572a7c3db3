import type { Matrix } from '../numeric/matrix.ts';

/** Frozen vectors of labelled texts: what every estimator looks at. */
export interface Labelled {
  /** [n, d] */
  readonly vectors: Matrix;
  /** [n] class of each text, each of 0 to classes - 1. */
  readonly labels: Int32Array;
  readonly classes: number;
}

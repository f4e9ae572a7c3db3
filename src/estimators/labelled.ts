import type { Matrix } from '../numeric/matrix.ts';

/** Frozen vectors of labelled texts: the input of every estimator. */
export interface Labelled {
  /** [n, d] */
  readonly vectors: Matrix;
  /** [n] class of each text, each of 0 to classes - 1. */
  readonly labels: Int32Array;
  readonly classes: number;
  /**
   * [n] ascending group of each text: texts of one group are similar for other reasons than their class, like words of a sentence. They do
   * not vote for each other and are never split between folds. undefined: each text is a group of its own.
   */
  readonly groups?: Int32Array | undefined;
}

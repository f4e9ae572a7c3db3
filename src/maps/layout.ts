/** 2D coordinates of the texts, [n, 2] row-major, in the method's own units. */
export type Layout = Float64Array;

/** Steps done so far, of `total`. */
export type OnStep = (done: number, total: number) => void;

/** What both methods take. */
export interface LayoutParams {
  /** [n][d], components by decreasing variance. */
  readonly components: readonly Float64Array[];
  readonly seed: number;
  readonly start: Layout | undefined;
  readonly onStep: OnStep;
}

/** Collects scores of predictions against the labels of their rows. */
export interface Tally<R, P, S> {
  add(row: R, prediction: P): void;
  /** State so far, as JSON, for resuming. */
  readonly counts: unknown;
  /** undefined if there was nothing to score. */
  scores(): S | undefined;
}

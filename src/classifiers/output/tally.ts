/** What is counted of predictions, beside the labels of their rows. */
export interface Tally<R, P, S> {
  add(row: R, prediction: P): void;
  /** What is counted so far, as JSON: to be gone on with. */
  readonly counts: unknown;
  /** undefined where there was nothing to count. */
  scores(): S | undefined;
}

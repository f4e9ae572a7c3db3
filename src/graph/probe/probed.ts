/** The timed graph of a device's trial: PRODUCTS products of SIZE x SIZE matrices. */
export const SIZE = 512;
export const PRODUCTS = 4;

/** What a device did with a small graph. */
export interface Probed {
  /** Milliseconds of the timed graph, the fastest of several runs; only if timed. */
  readonly ms?: number | undefined;
  /** Why it does not run, half a sentence. */
  readonly failed?: string | undefined;
}

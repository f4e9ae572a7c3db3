import type { Method } from '../maps/projection.ts';

/** Texts of one dataset as one encoder has them, in the plane. */
export interface MapDrawing {
  readonly encoder: string;
  /** What stands before every text, as results.csv has it; left out for nothing. */
  readonly prompt?: string | undefined;
  readonly dataset: string;
  readonly method: Method;
  /** [n, 2] row-major; any units. */
  readonly layout: readonly number[];
  /** [n], indices into `classes`. */
  readonly labels: readonly number[];
  readonly classes: readonly string[];
  /** What the classes are called together: topic, publisher. */
  readonly field: string;
  /** Micro-F1 of the nearest neighbours, in percent. */
  readonly caption: string;
}

import type { Method } from '../maps/projection.ts';

/** 2D projection of the texts of one dataset by one encoder. */
export interface MapDrawing {
  readonly encoder: string;
  /** Prompt put before every text, as in results.csv; omitted if none. */
  readonly prompt?: string | undefined;
  readonly dataset: string;
  readonly method: Method;
  /** [n, 2] row-major; arbitrary units. */
  readonly layout: readonly number[];
  /** [n], indices into `classes`. */
  readonly labels: readonly number[];
  readonly classes: readonly string[];
  /** Name of the label field: topic, publisher. */
  readonly field: string;
  /** Micro-F1 of k-NN, as a percentage. */
  readonly caption: string;
}

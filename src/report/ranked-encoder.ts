import type { Outcomes } from '../statistics/outcomes.ts';

export interface PlaceEstimate {
  readonly estimator: string;
  readonly score: number;
  /** Where the estimator gives each text a class: its score is then the share of right texts. */
  readonly outcomes?: Outcomes | undefined;
}

/** Where an encoder's vectors are taken, and what estimators say of them. */
export interface Place {
  readonly pooling: string;
  readonly layers: string;
  readonly estimates: readonly PlaceEstimate[];
}

export interface RankedEncoder {
  readonly encoder: string;
  readonly places: readonly Place[];
  /** Layer by layer, on a sample. */
  readonly curve: readonly Place[];
  /** Texts that the places were scored on, and how they were chosen. */
  readonly texts: number;
  readonly sample: string;
  readonly parameters: number;
  /** These are undefined where every vector came from the store, or but a few that tell less than was measured before. */
  readonly textMs: number | undefined;
  /** Texts that time was measured on, after the first batch. */
  readonly timedTexts?: number | undefined;
  readonly tokensPerSecond: number | undefined;
  /** Resident memory that the process gained while it embedded. */
  readonly memoryBytes: number | undefined;
  readonly cut: number;
}

/** Counts in gold, in the predictions, and in both: of spans, or of words that are not O. */
export interface Agreement {
  readonly hits: number;
  readonly gold: number;
  readonly predicted: number;
}

/** Twice the hits over gold plus predicted: the harmonic mean of precision and recall. 0 if both are empty. */
export function f1Of({ hits, gold, predicted }: Agreement): number {
  return gold + predicted === 0 ? 0 : (2 * hits) / (gold + predicted);
}

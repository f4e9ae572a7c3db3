/** Counts of what is in gold, what was predicted, and what is the same in both: spans, or words that are not O. */
export interface Agreement {
  readonly hits: number;
  readonly gold: number;
  readonly predicted: number;
}

/** Twice the hits as a share of gold and predicted together: the harmonic mean of precision and recall. 0 where there is neither. */
export function f1Of({ hits, gold, predicted }: Agreement): number {
  return gold + predicted === 0 ? 0 : (2 * hits) / (gold + predicted);
}

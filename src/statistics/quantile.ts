/** Quantile of ascending numbers, linear between neighbours: numpy.percentile's default (Hyndman and Fan 1996, type 7). */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}

/** From where to where a share lies. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The middle of so much of the values, in any order. */
export function middle(values: Float64Array, confidence: number): Interval {
  const sorted = values.toSorted();
  return { low: quantile(sorted, (1 - confidence) / 2), high: quantile(sorted, (1 + confidence) / 2) };
}

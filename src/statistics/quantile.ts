import { HarnessError } from '../errors.ts';

/** Quantile of ascending numbers, with linear interpolation: numpy.percentile's default (Hyndman and Fan 1996, type 7). */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}

/** Low and high end. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The central interval that holds a fraction `confidence` of the values, in any order. Throws INTERNAL if that is not between 0 and 1. */
export function middle(values: ArrayLike<number>, confidence: number): Interval {
  checkConfidence(confidence);
  const sorted = new Float64Array(values).toSorted();
  return { low: quantile(sorted, (1 - confidence) / 2), high: quantile(sorted, (1 + confidence) / 2) };
}

export function checkConfidence(confidence: number): void {
  if (!(confidence > 0 && confidence < 1))
    throw new HarnessError('INTERNAL', { what: `A confidence of ${confidence} is not between 0 and 1.` });
}

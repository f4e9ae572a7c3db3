import { HarnessError } from '../errors.ts';

/** Below it a difference is significant, for all that are tested together. */
export const ALPHA = 0.05;

/**
 * p-values adjusted for multiple comparisons (Holm 1979), in the given order: each is compared with alpha by itself. Throws INTERNAL if one
 * is not a probability.
 */
export function holm(ps: readonly number[]): number[] {
  const wrong = ps.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) throw new HarnessError('INTERNAL', { what: `Invalid p-value: ${wrong}.` });
  const order = [...ps.keys()].toSorted((a, b) => ps[a]! - ps[b]!);
  const adjusted = ps.map(() => 1);
  let largest = 0;
  for (const [rank, at] of order.entries()) {
    largest = Math.max(largest, Math.min(1, ps[at]! * (ps.length - rank)));
    adjusted[at] = largest;
  }
  return adjusted;
}

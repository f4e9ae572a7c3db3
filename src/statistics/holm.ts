import { HarnessError } from '../errors.ts';

/** Below it a difference is significant, of all that are tested together. */
export const ALPHA = 0.05;

/**
 * p-values adjusted for being one of several (Holm 1979), in the order given: below alpha means significant whatever the others.
 * Throws INTERNAL where one is no probability.
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

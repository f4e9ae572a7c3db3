import { HarnessError } from '../errors.ts';
import type { Kinds } from './kinds.ts';
import { Resampler } from './resample.ts';

export interface ResampleParams {
  readonly kinds: Kinds;
  /** Number of resamples. */
  readonly resamples: number;
  readonly seed: number;
  /** Resamples [resamples, n], row by row, to use in place of random ones. */
  readonly indices?: Int32Array | undefined;
}

/**
 * Draws n of the n texts with replacement, repeatedly, and visits each resample as the number of texts of each kind: [kinds], overwritten
 * by the next. Memory is one resample's counts. Returns the number of resamples; throws SHAPE if `indices` do not fit the texts.
 */
export function eachResample(
  { kinds, resamples, seed, indices }: ResampleParams,
  visit: (counts: Int32Array, resample: number) => void,
): number {
  const n = kinds.of.length;
  if (indices !== undefined) check(indices, n);
  else if (!Number.isSafeInteger(resamples) || resamples < 1)
    throw new HarnessError('INTERNAL', { what: `Invalid number of resamples: ${resamples}.` });
  const count = indices === undefined ? resamples : indices.length / n;
  const resampler = new Resampler(seed);
  const counts = new Int32Array(kinds.examples.length);
  for (let i = 0; i < count; i++) {
    counts.fill(0);
    if (indices === undefined) resampler.count(kinds.of, counts);
    else for (const text of indices.subarray(i * n, (i + 1) * n)) counts[kinds.of[text]!]!++;
    visit(counts, i);
  }
  return count;
}

function check(indices: Int32Array, n: number): void {
  if (indices.length === 0 || indices.length % n !== 0)
    throw new HarnessError('SHAPE', { what: `${indices.length} indices are not resamples of ${n} texts.` });
  const outside = indices.find((text) => text < 0 || text >= n);
  if (outside !== undefined) throw new HarnessError('SHAPE', { what: `There is no text ${outside} among ${n}.` });
}

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { HarnessError } from '../errors.ts';

/** `size` different numbers of 0 to n - 1, ascending; the seed decides which (Vitter's selection sampling, algorithm S). */
export function sample({ n, size, seed }: { n: number; size: number; seed: number }): Int32Array {
  if (size > n) throw new HarnessError('SHAPE', { what: `A sample of ${size} cannot be drawn from ${n}.` });
  const random = xoroshiro128plus(seed);
  const chosen = new Int32Array(size);
  for (let i = 0, taken = 0; taken < size; i++) {
    if (uniformInt(random, 0, n - i - 1) < size - taken) chosen[taken++] = i;
  }
  return chosen;
}

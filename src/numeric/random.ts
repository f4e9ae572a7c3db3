import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { HarnessError } from '../errors.ts';

/** Integers drawn uniformly from `from` to `to`, both included, determined by the seed. */
export function randomInts(seed: number): (from: number, to: number) => number {
  const generator = xoroshiro128plus(seed);
  return (from, to) => uniformInt(generator, from, to);
}

/** Fisher-Yates from the front: afterwards the first `count` items are a random sample in random order. Changes `items`. */
export function shuffleFront<T>(items: T[], draw: (from: number, to: number) => number, count = items.length): T[] {
  for (let i = 0; i < Math.min(count, items.length - 1); i++) {
    const j = draw(i, items.length - 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

/** `size` distinct numbers from 0 to n - 1, ascending, determined by the seed (Vitter's selection sampling, algorithm S). */
export function sample({ n, size, seed }: { n: number; size: number; seed: number }): Int32Array {
  if (size > n) throw new HarnessError('SHAPE', { what: `A sample of ${size} cannot be drawn from ${n}.` });
  const draw = randomInts(seed);
  const chosen = new Int32Array(size);
  for (let i = 0, taken = 0; taken < size; i++) {
    if (draw(0, n - i - 1) < size - taken) chosen[taken++] = i;
  }
  return chosen;
}

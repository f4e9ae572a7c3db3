import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Whole numbers drawn evenly from `from` to `to`, both included. The seed decides all of them. */
export function randomInts(seed: number): (from: number, to: number) => number {
  const generator = xoroshiro128plus(seed);
  return (from, to) => uniformInt(generator, from, to);
}

/** Fisher-Yates from the front: afterwards the first `count` items are a random choice in random order. Changes `items`. */
export function shuffleFront<T>(items: T[], draw: (from: number, to: number) => number, count = items.length): T[] {
  for (let i = 0; i < Math.min(count, items.length - 1); i++) {
    const j = draw(i, items.length - 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

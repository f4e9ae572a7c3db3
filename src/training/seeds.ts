import { randomInts } from '../numeric/random.ts';

/** Integers drawn uniformly from `from` to `to`, inclusive. */
export type Draw = (from: number, to: number) => number;

/**
 * A generator for one position of a run, so that a resumed run draws the same numbers. `purpose` separates different draws at the same
 * position: the order of texts and the choice of partners.
 */
export function drawAt({ seed, epoch, step = 0, purpose }: { seed: number; epoch: number; step?: number; purpose: number }): Draw {
  return randomInts([purpose, epoch, step].reduce((hash, number) => mix(hash ^ number), mix(seed)));
}

/** Numbers drawn uniformly from [0, 1), in steps of 2⁻³². */
export function uniform(seed: number): () => number {
  const draw = randomInts(seed);
  return () => draw(0, 0xffffffff) / 2 ** 32;
}

/**
 * Spreads neighbouring numbers over 32 bits: the finaliser of MurmurHash3 (Appleby 2011), after adding the golden ratio, since it maps 0 to
 * 0.
 */
function mix(number: number): number {
  let bits = (number + 0x9e3779b9) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

import { randomInts } from '../numeric/random.ts';

/** Whole numbers drawn evenly from `from` to `to`, both included. */
export type Draw = (from: number, to: number) => number;

/**
 * A generator for one place of a run, so that a run taken up again there draws the same numbers. `purpose` keeps apart what draws at the
 * same
 * place: the order of texts and the choice of partners.
 */
export function drawAt({ seed, epoch, step = 0, purpose }: { seed: number; epoch: number; step?: number; purpose: number }): Draw {
  return randomInts([purpose, epoch, step].reduce((hash, number) => mix(hash ^ number), mix(seed)));
}

/** Numbers drawn evenly from [0, 1), in steps of 2⁻³². */
export function uniform(seed: number): () => number {
  const draw = randomInts(seed);
  return () => draw(0, 0xffffffff) / 2 ** 32;
}

/**
 * Spreads neighbouring numbers over 32 bits: the finaliser of MurmurHash3 (Appleby 2011), after a step by the golden ratio, which moves 0.
 */
function mix(number: number): number {
  let bits = (number + 0x9e3779b9) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

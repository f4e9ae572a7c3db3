import { randomInts } from './random.ts';

const LARGEST = 2 ** 30 - 1;

/** Numbers drawn from the standard normal distribution (Box and Muller 1958), determined by the seed. */
export function randomNormals(seed: number): () => number {
  const draw = randomInts(seed);
  let second: number | undefined;
  return () => {
    if (second !== undefined) {
      const value = second;
      second = undefined;
      return value;
    }
    // Above 0, so that its logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log((draw(0, LARGEST) + 1) / (LARGEST + 1)));
    const angle = (2 * Math.PI * draw(0, LARGEST)) / (LARGEST + 1);
    second = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

import type { FuzzReader } from './reader.ts';

/** Number of inputs for each reader out of `total`, by its weight. */
export function plan(readers: Readonly<Record<string, FuzzReader>>, total: number): Map<string, number> {
  const shares = Object.entries(readers).map(([name, { share = 1 }]) => ({ name, share }));
  const sum = shares.reduce((all, { share }) => all + share, 0);
  let [given, passed] = [0, 0];
  return new Map(
    shares.map(({ name, share }) => {
      passed += share;
      const upTo = Math.round((total * passed) / sum);
      const count = upTo - given;
      given = upTo;
      return [name, count];
    }),
  );
}

/** A set of seeds that predicts, and one that is predicted. */
export interface Halves {
  readonly by: readonly number[];
  readonly of: readonly number[];
}

/** All ways to divide seeds into two sets of equal size, or as near as possible; each in both directions. Empty for one seed. */
export function halvesOf(seeds: readonly number[]): Halves[] {
  const [first, ...rest] = seeds;
  if (first === undefined || rest.length === 0) return [];
  const half = Math.floor(seeds.length / 2);
  // The first seed is fixed in one of the two: each division occurs once.
  return [...new Set([half, seeds.length - half])].flatMap((size) =>
    subsets(rest, size - 1).flatMap((others) => {
      const by = [first, ...others];
      const of = seeds.filter((seed) => !by.includes(seed));
      return [
        { by, of },
        { by: of, of: by },
      ];
    }),
  );
}

function subsets(items: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, at) => subsets(items.slice(at + 1), size - 1).map((rest) => [item, ...rest]));
}

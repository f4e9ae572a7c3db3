/** A set of seeds that predicts, and one that is predicted. */
export interface Halves {
  readonly by: readonly number[];
  readonly of: readonly number[];
}

/**
 * All ways to part seeds in two sets that are as large as each other, or as near as can be; each way both ways round. None of one seed.
 */
export function halvesOf(seeds: readonly number[]): Halves[] {
  const [first, ...rest] = seeds;
  if (first === undefined || rest.length === 0) return [];
  const half = Math.floor(seeds.length / 2);
  // The first seed stands in one of the two: each way of parting is met once.
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

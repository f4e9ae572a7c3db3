import { holm } from './holm.ts';
import { pAgainst, type ListOutcomes } from './ties.ts';

/**
 * p-values of each of a list, best first, being as good as the first, by which successive halving eliminates encoders: the tests of
 * `pAgainst`, Holm-corrected for all pairs of the list. More conservative than the tables (`againstBest`), because an eliminated encoder is
 * never reconsidered: the first is selected on the same few texts, and such a selection finds differences among equals.
 */
export function eliminationPs(all: readonly ListOutcomes[]): number[] {
  if (all.length === 0) return [];
  const pairs = all.flatMap((_, first) => pAgainst(all.slice(first))(0).slice(1));
  return [1, ...holm(pairs).slice(0, all.length - 1)];
}

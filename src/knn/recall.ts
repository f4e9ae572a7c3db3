import { HarnessError } from '../errors.ts';
import type { Neighbours } from './types.ts';

/**
 * recall@k: the share of approximate neighbours that are no further away than the exact k-th one, so that ties do not matter (Aumüller,
 * Bernhardsson and Faithfull 2017, ANN-Benchmarks). Row i of `exact` answers the same query as row `places[i]` of `approximate`. Default:
 * row i.
 */
export function recall({ approximate, exact, k, places }: RecallParams): number {
  if (k > approximate.k || k > exact.k)
    throw new HarnessError('SHAPE', { what: `recall@${k} needs ${k} neighbours, there are ${Math.min(approximate.k, exact.k)}.` });
  let hits = 0;
  for (let i = 0; i < exact.queries; i++) {
    const limit = exact.distances[i * exact.k + k - 1]!;
    const from = (places?.[i] ?? i) * approximate.k;
    for (let j = 0; j < k; j++) if (approximate.distances[from + j]! <= limit) hits++;
  }
  return hits / (exact.queries * k);
}

export interface RecallParams {
  readonly approximate: Neighbours;
  readonly exact: Neighbours;
  readonly k: number;
  readonly places?: Int32Array | undefined;
}

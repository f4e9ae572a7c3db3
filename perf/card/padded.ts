import type { Batch } from '../../src/embed/batches.ts';

export interface PaddedParams {
  /** Number of tokens of each text. */
  readonly lengths: readonly number[];
  /** Maximum tokens per batch of texts of a length, padding included. */
  readonly tokenBudget: (length: number) => number;
}

/**
 * Batches as libraries make them that pad: texts sorted by length, longest first, each batch padded to its longest text. Of a batch
 * `length` is that of the longest.
 */
export function paddedBatches({ lengths, tokenBudget }: PaddedParams): Batch[] {
  const order = [...lengths.keys()].toSorted((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: Batch[] = [];
  for (let from = 0; from < order.length;) {
    const length = Math.max(1, lengths[order[from]!]!);
    const size = Math.max(1, Math.floor(tokenBudget(length) / length));
    batches.push({ rows: order.slice(from, from + size), length });
    from += size;
  }
  return batches;
}

/** Tokens that batches have, padding included. */
export function tokensIn(batches: readonly Batch[]): number {
  return batches.reduce((sum, { rows, length }) => sum + rows.length * length, 0);
}

import type { Encoder } from '../encoders/encoder.ts';

/**
 * Tokens per batch on a processor. Small batches stay in the processor's caches: 512 and 1024 were the fastest, 128 and 8192 about a sixth slower (`npm
 * run perf -- batches`).
 */
export const TOKEN_BUDGET = 1024;
/** The same on a graphics card, which needs many rows to be busy. If a batch does not fit into its memory, halves of it are tried. */
export const CARD_TOKEN_BUDGET = 16_384;

/** Tokens per batch of an encoder, unless the user says how many. */
export function tokenBudgetOf({ device }: Pick<Encoder, 'device'>): number {
  return device === 'cpu' ? TOKEN_BUDGET : CARD_TOKEN_BUDGET;
}

/** Texts of equal length that run in one batch. */
export interface Batch {
  /** Indices of the texts in the input list. */
  readonly rows: readonly number[];
  /** Number of tokens of each text. */
  readonly length: number;
}

export interface BatchParams {
  /** Number of tokens of each text. */
  readonly lengths: ArrayLike<number>;
  /** Maximum tokens per batch; a longer text runs alone. */
  readonly tokenBudget: number;
  /** Maximum texts per batch. */
  readonly maxTexts?: number | undefined;
}

/**
 * Batches of texts of exactly equal length, longest first. So nothing is ever padded, and a text's vector is bit-identical whatever other
 * texts are in its batch.
 */
export function batches({ lengths, tokenBudget, maxTexts = Infinity }: BatchParams): Batch[] {
  const byLength = new Map<number, number[]>();
  for (let row = 0; row < lengths.length; row++) {
    const rows = byLength.get(lengths[row]!);
    if (rows === undefined) byLength.set(lengths[row]!, [row]);
    else rows.push(row);
  }
  const result: Batch[] = [];
  for (const [length, rows] of [...byLength].toSorted(([a], [b]) => b - a)) {
    // Texts without tokens count as one token.
    const size = Math.max(1, Math.min(maxTexts, Math.floor(tokenBudget / Math.max(1, length))));
    // As even as possible: 9 texts with at most 8 per batch run as 5 and 4.
    const parts = Math.ceil(rows.length / size);
    for (let part = 0; part < parts; part++) {
      const from = Math.floor((part * rows.length) / parts);
      const to = Math.floor(((part + 1) * rows.length) / parts);
      result.push({ rows: rows.slice(from, to), length });
    }
  }
  return result;
}

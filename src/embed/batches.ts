/**
 * Tokens of a batch. Small batches stay in the processor's caches: 512 and 1024 were the fastest, 128 and 8192 about a sixth slower
 * (`npm run perf -- batches`).
 */
export const TOKEN_BUDGET = 1024;

/** Texts of equal length that run together. */
export interface Batch {
  /** Positions of the texts in the list that was batched. */
  readonly rows: readonly number[];
  /** Tokens of each. */
  readonly length: number;
}

export interface BatchParams {
  /** Tokens of each text. */
  readonly lengths: ArrayLike<number>;
  /** Most tokens a batch may have; a longer text runs alone. */
  readonly tokenBudget: number;
  /** Most texts a batch may have. */
  readonly maxTexts?: number | undefined;
}

/**
 * Batches of texts of exactly equal length, longest first. So nothing is ever padded, and a text's vector does not
 * depend, not even in its last bit, on which texts it runs beside.
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
    // Texts without tokens cost as little as those of one.
    const size = Math.max(1, Math.min(maxTexts, Math.floor(tokenBudget / Math.max(1, length))));
    // As even as can be: 9 texts at 8 a batch run as 5 and 4.
    const parts = Math.ceil(rows.length / size);
    for (let part = 0; part < parts; part++) {
      const from = Math.floor((part * rows.length) / parts);
      const to = Math.floor(((part + 1) * rows.length) / parts);
      result.push({ rows: rows.slice(from, to), length });
    }
  }
  return result;
}

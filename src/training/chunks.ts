/** How the texts of a step are parted into runs of the encoder. */
export interface ChunkParams {
  /** Tokens of each text. */
  readonly lengths: readonly number[];
  /** Most tokens of a run, padding included; a longer text runs alone. */
  readonly most: number;
  /** Texts of more tokens attend in another way, and run with texts of their own length alone. */
  readonly longAbove: number | undefined;
  /** Whether texts of different lengths may run together. */
  readonly ragged: boolean;
  /** Whether padding costs as much as tokens do. */
  readonly padded: boolean;
}

export interface Chunk {
  /** Positions of the texts in the step. */
  readonly texts: readonly number[];
  readonly long: boolean;
}

/**
 * As few runs as may be: one, where everything fits. Sorted by length, so that texts that run together are alike. The order
 * depends on the lengths alone.
 */
export function chunksOf({ lengths, most, longAbove = Infinity, ragged, padded }: ChunkParams): Chunk[] {
  const order = [...lengths.keys()].toSorted((a, b) => lengths[b]! - lengths[a]! || a - b);
  const chunks: { texts: number[]; long: boolean; tokens: number }[] = [];
  for (const text of order) {
    const length = lengths[text]!;
    const long = length > longAbove;
    const last = chunks.at(-1);
    const longest = last === undefined ? 0 : lengths[last.texts[0]!]!;
    const cost = padded ? longest : length;
    const alike = last !== undefined && last.long === long && ((ragged && !long) || length === longest);
    if (last !== undefined && alike && last.tokens + cost <= most) {
      last.texts.push(text);
      last.tokens += cost;
    } else {
      chunks.push({ texts: [text], long, tokens: length });
    }
  }
  return chunks.map(({ texts, long }) => ({ texts: texts.toSorted((a, b) => a - b), long }));
}

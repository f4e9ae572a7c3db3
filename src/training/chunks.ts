import type { BatchSizes } from '../encoders/families/text-graph.ts';

/**
 * Most bytes of the masks of dropout in one run. Those of attention grow with the square of the longest text, which no number of tokens
 * bounds: 32 texts of 512 tokens have 6 GB of them in a base encoder, and the attention under them holds
 * twice that. At the limit a step of a base encoder takes 11 GB.
 */
export const MOST_MASK_BYTES = 2 ** 31;

/** How the texts of a step are parted into runs of the encoder. */
export interface ChunkParams {
  /** Tokens of each text. */
  readonly lengths: readonly number[];
  /** Most tokens of a run, padding among them where it costs what tokens do; a longer text runs alone. */
  readonly most: number;
  /** Texts of more tokens attend in another way, and run with texts of their own length alone. */
  readonly longAbove: number | undefined;
  /** Whether texts of different lengths may run together. */
  readonly ragged: boolean;
  /** Whether padding costs as much as tokens do. */
  readonly padded: boolean;
  /** Bytes of the masks of dropout in a run, long texts or others: at most MOST_MASK_BYTES, unless a text alone has more. */
  readonly maskBytes: (sizes: BatchSizes, long: boolean) => number;
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
export function chunksOf({ lengths, most, longAbove = Infinity, ragged, padded, maskBytes }: ChunkParams): Chunk[] {
  const order = [...lengths.keys()].toSorted((a, b) => lengths[b]! - lengths[a]! || a - b);
  const chunks: { texts: number[]; long: boolean; tokens: number; rows: number }[] = [];
  for (const text of order) {
    const length = lengths[text]!;
    const long = length > longAbove;
    const last = chunks.at(-1);
    const longest = last === undefined ? 0 : lengths[last.texts[0]!]!;
    const cost = padded ? longest : length;
    const alike = last !== undefined && last.long === long && ((ragged && !long) || length === longest);
    const fits =
      last !== undefined &&
      alike &&
      last.tokens + cost <= most &&
      maskBytes({ batch: last.texts.length + 1, tokens: longest, rows: last.rows + length }, long) <= MOST_MASK_BYTES;
    if (fits) {
      last.texts.push(text);
      last.tokens += cost;
      last.rows += length;
    } else {
      chunks.push({ texts: [text], long, tokens: length, rows: length });
    }
  }
  return chunks.map(({ texts, long }) => ({ texts: texts.toSorted((a, b) => a - b), long }));
}

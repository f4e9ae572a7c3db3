import type { BatchSizes } from '../encoders/families/text-graph.ts';

/**
 * Maximum bytes of the dropout masks in one run. Those of attention grow with the square of the longest text, which no number of tokens
 * bounds: 32 texts of 512 tokens need 6 GB of them in a base encoder, and the attention activations under them twice that. At the limit a
 * step of a base encoder takes 11 GB.
 */
export const MOST_MASK_BYTES = 2 ** 31;

/** How the texts of a step are split into runs of the encoder. */
export interface ChunkParams {
  /** Number of tokens of each text. */
  readonly lengths: readonly number[];
  /** Maximum tokens per run, including padding if it costs as much as tokens; a longer text runs alone. */
  readonly most: number;
  /** Texts with more tokens use another attention pattern, and only run with texts of the same length. */
  readonly longAbove: number | undefined;
  /** Whether texts of different lengths may run together. */
  readonly ragged: boolean;
  /** Whether padding costs as much as tokens. */
  readonly padded: boolean;
  /** Bytes of the dropout masks in a run, of long texts or others: at most MOST_MASK_BYTES, unless a single text has more. */
  readonly maskBytes: (sizes: BatchSizes, long: boolean) => number;
  /** Whether a run over several texts suits the memory of a card. Default: it does. */
  readonly suits?: ((sizes: BatchSizes) => boolean) | undefined;
}

export interface Chunk {
  /** Indices of the texts in the step. */
  readonly texts: readonly number[];
  readonly long: boolean;
}

/**
 * As few runs as possible: one, if everything fits. Sorted by length, so that similar texts run together. The order depends on the lengths
 * only.
 */
export function chunksOf({ lengths, most, longAbove = Infinity, ragged, padded, maskBytes, suits = () => true }: ChunkParams): Chunk[] {
  const order = [...lengths.keys()].toSorted((a, b) => lengths[b]! - lengths[a]! || a - b);
  const chunks: { texts: number[]; long: boolean; tokens: number; rows: number }[] = [];
  for (const text of order) {
    const length = lengths[text]!;
    const long = length > longAbove;
    const last = chunks.at(-1);
    const longest = last === undefined ? 0 : lengths[last.texts[0]!]!;
    const cost = padded ? longest : length;
    const alike = last !== undefined && last.long === long && ((ragged && !long) || length === longest);
    const sizes = { batch: (last?.texts.length ?? 0) + 1, tokens: longest, rows: (last?.rows ?? 0) + length };
    const fits = last !== undefined && alike && last.tokens + cost <= most && maskBytes(sizes, long) <= MOST_MASK_BYTES && suits(sizes);
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

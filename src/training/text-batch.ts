import { fillPoolWeights } from '../embed/pool-weights.ts';
import { tokensOf } from '../embed/vectors.ts';
import type { BatchSizes } from '../encoders/families/text-graph.ts';
import { PACKING } from '../encoders/families/training-graph.ts';
import type { Feed, Feeds } from './objective.ts';
import { ABSENT_INPUT, LOWEST, POOL_INPUT } from './vectors.ts';
import { isOfWords, wordInputs, wordsOf, type TrainedSpec } from './word-vectors.ts';

/** A text, a pair, or a sentence of words, as the encoder takes it. */
export interface TokenText {
  readonly ids: Int32Array;
  /** Types of a pair's tokens, for an encoder that reads pairs; if omitted, all are of type 0. */
  readonly types?: Int32Array | undefined;
  /** Positions of its words' first sub-tokens; for word-mean alone. */
  readonly words?: Int32Array | undefined;
  /** Tokens at its beginning that poolings leave out: those of a prompt that does not count. */
  readonly skip?: number | undefined;
  /**
   * [words * 2] of a sentence whose words have a vector each, where the sub-tokens of each begin among the ids and where they end; equal
   * where it has none, and so no vector.
   */
  readonly spans?: Int32Array | undefined;
}

/** Vectors that a text has: one, or of a sentence one for each of its words that has any. */
export function vectorsIn({ spans }: Pick<TokenText, 'spans'>): number {
  return spans === undefined ? 1 : wordsOf({ spans }).length;
}

export interface TextBatch {
  readonly sizes: BatchSizes;
  /** Every input that texts give, whether a graph has it or not. */
  readonly inputs: Feeds;
}

/**
 * Texts of any lengths as inputs: padded on the right to the longest, [n, tokens], and where the real tokens are (see
 * PACKING). The padding is a token that no mask lets through.
 */
export function textBatch(texts: readonly TokenText[], { padId, spec }: { padId: number; spec: TrainedSpec }): TextBatch {
  const poolings = isOfWords(spec) ? [] : tokensOf(spec).filter((pooling) => pooling !== 'max');
  const batch = texts.length;
  // Where a static encoder knows no token of any text, a padded one stands in: graphs can tell no sizes of an empty grid.
  const tokens = Math.max(1, ...texts.map(({ ids }) => ids.length));
  const rows = Math.max(
    1,
    texts.reduce((sum, { ids }) => sum + ids.length, 0),
  );
  const ids = new BigInt64Array(batch * tokens).fill(BigInt(padId));
  const mask = new BigInt64Array(batch * tokens);
  const typeIds = new BigInt64Array(batch * tokens);
  const positions = new BigInt64Array(batch * tokens);
  const pack = new BigInt64Array(rows);
  const unpack = new BigInt64Array(batch * tokens);
  const unpackOrNone = new BigInt64Array(batch * tokens).fill(BigInt(rows));
  const absent = new Float32Array(batch * tokens).fill(LOWEST);
  const pool = new Float32Array(batch * poolings.length * tokens);
  let row = 0;
  for (const [text, { ids: own, types, words, skip }] of texts.entries()) {
    const start = text * tokens;
    for (let i = 0; i < own.length; i++, row++) {
      const place = start + i;
      ids[place] = BigInt(own[i]!);
      mask[place] = 1n;
      if (types !== undefined) typeIds[place] = BigInt(types[i]!);
      positions[place] = BigInt(i);
      pack[row] = BigInt(place);
      unpack[place] = BigInt(row);
      unpackOrNone[place] = BigInt(row);
    }
    for (const [i, pooling] of poolings.entries()) {
      const at = (text * poolings.length + i) * tokens;
      fillPoolWeights(pool.subarray(at, at + own.length), pooling, { words, skip });
    }
    absent.fill(0, start + (skip ?? 0), start + own.length);
  }
  const grid = (data: BigInt64Array): Feed => ({ type: 'int64', dims: [batch, tokens], data });
  return {
    sizes: { batch, tokens, rows },
    inputs: {
      input_ids: grid(ids),
      attention_mask: grid(mask),
      token_type_ids: grid(typeIds),
      position_ids: grid(positions),
      [PACKING.pack]: list(pack),
      [PACKING.unpack]: list(unpack),
      [PACKING.unpackOrNone]: list(unpackOrNone),
      [ABSENT_INPUT]: { type: 'float32', dims: [batch, tokens], data: absent },
      [POOL_INPUT]: { type: 'float32', dims: [batch, poolings.length, tokens], data: pool },
      ...(isOfWords(spec) &&
        wordInputs(
          texts.map(({ spans = NO_WORDS }) => ({ spans })),
          { tokens, spec },
        )),
    },
  };
}

const NO_WORDS = new Int32Array();

function list(data: BigInt64Array): Feed {
  return { type: 'int64', dims: [data.length], data };
}

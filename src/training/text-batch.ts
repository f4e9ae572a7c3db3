import { fillPoolWeights } from '../embed/pool-weights.ts';
import { tokensOf } from '../embed/vectors.ts';
import type { BatchSizes } from '../encoders/families/text-graph.ts';
import { PACKING } from '../encoders/families/training-graph.ts';
import type { Feed, Feeds } from './objective.ts';
import { ABSENT_INPUT, LOWEST, POOL_INPUT } from './vectors.ts';
import { isOfWords, wordInputs, wordsOf, type TrainedSpec } from './word-vectors.ts';

/** A text, a pair, or a sentence of words, as tokens. */
export interface TokenText {
  readonly ids: Int32Array;
  /** Token type ids of a pair. Default: all 0. */
  readonly types?: Int32Array | undefined;
  /** Positions of its words' first sub-tokens; only for word-mean. */
  readonly words?: Int32Array | undefined;
  /** Number of leading tokens excluded from pooling: those of a prompt that is excluded. */
  readonly skip?: number | undefined;
  /** [words * 2] for a sentence of words: start and end of each word's sub-tokens among the ids; equal if it has none, and so no vector. */
  readonly spans?: Int32Array | undefined;
}

/** Number of vectors of a text: one, or for a sentence one per word that has a vector. */
export function vectorsIn({ spans }: Pick<TokenText, 'spans'>): number {
  return spans === undefined ? 1 : wordsOf({ spans }).length;
}

export interface TextBatch {
  readonly sizes: BatchSizes;
  /** All inputs made from texts, whether or not a graph has them. */
  readonly inputs: Feeds;
}

/**
 * Texts of any lengths as inputs: padded on the right to the longest, [n, tokens], with the positions of the real tokens (see PACKING).
 * Padding tokens are masked.
 */
export function textBatch(texts: readonly TokenText[], { padId, spec }: { padId: number; spec: TrainedSpec }): TextBatch {
  const poolings = isOfWords(spec) ? [] : tokensOf(spec).filter((pooling) => pooling !== 'max');
  const batch = texts.length;
  // If a static encoder knows no token of any text, a padding token is used: graphs cannot infer shapes of empty tensors.
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

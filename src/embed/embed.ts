import { inputText } from '../encoders/encoder-input.ts';
import { row, type Matrix } from '../numeric/matrix.ts';
import type { EmbedParams } from './embed-params.ts';
import { brokenNumber, brokenVector } from './finite.ts';
import { lookUp } from './missing-texts.ts';
import { runMissing } from './run-missing.ts';
import { specName, type VectorSpec } from './vectors.ts';

export interface Embedded {
  /** Vectors [texts, width] of a spec, row i that of texts[i]. */
  load(spec: VectorSpec): Promise<Matrix>;
  /** The same one at a time, in any order: `take` has the vector of texts[i] until it returns. */
  each(spec: VectorSpec, take: (i: number, vector: Float32Array) => void): Promise<void>;
  /** Number of texts, and so of vectors. */
  readonly rows: number;
  /** Dimensions of a vector of a spec. */
  width(spec: VectorSpec): number;
  /** Number of truncated texts. */
  readonly cut: number;
  /** Number of items with a truncated text, if item i consists of texts i, i + items and so on. */
  cutItems(items: number): number;
  /** Number of distinct texts. */
  readonly unique: number;
  /** Number of distinct texts that were encoded; the others were in the store. */
  readonly computed: number;
  /** Tokens encoded. */
  readonly tokens: number;
}

/**
 * Ensures that the store has the vectors of all texts: runs the encoder once over the missing ones, for any number of specs. Duplicate
 * texts and pairs are encoded once. Throws DATA for a vector that contains NaN or infinity, which is not stored; OPTION for pairs with a
 * static encoder; TOKENIZER if the tokenizer does not support pairs.
 */
export async function embed(params: EmbedParams): Promise<Embedded> {
  const { maxLength } = params.encoder;
  const { hashes, files, unique, missing } = await lookUp(params);
  const all = [...files.values()];
  params.onProgress?.({ done: unique - missing.length, total: unique, tokens: 0 });
  const tokens = missing.length === 0 ? 0 : await runMissing({ ...params, hashes, missing, files: all, unique });

  const lengths = all[0];
  const isCut = Uint8Array.from(hashes, (hash) => ((lengths?.tokens(hash) ?? 0) > maxLength ? 1 : 0));
  const cutItems = (items: number): number => new Set(Array.from(isCut.keys()).flatMap((i) => (isCut[i] === 1 ? [i % items] : []))).size;
  return {
    load: async (spec) => checked(await files.get(specName(spec))!.load(hashes), spec, params),
    each: (spec, take) =>
      files.get(specName(spec))!.each(hashes, (i, vector) => {
        checkVector(vector, i, spec, params);
        take(i, vector);
      }),
    rows: hashes.length,
    width: (spec) => files.get(specName(spec))!.width,
    cut: cutItems(isCut.length),
    cutItems,
    unique,
    computed: missing.length,
    tokens,
  };
}

/** Stored vectors are checked too: a store may have been copied from another machine. */
function checked(vectors: Matrix, spec: VectorSpec, params: EmbedParams): Matrix {
  // Usually all are finite, which one check over all shows.
  if (brokenNumber(vectors.data) !== undefined) for (let i = 0; i < vectors.rows; i++) checkVector(row(vectors, i), i, spec, params);
  return vectors;
}

function checkVector(vector: Float32Array, i: number, spec: VectorSpec, { encoder, texts }: EmbedParams): void {
  const value = brokenNumber(vector);
  if (value !== undefined) throw brokenVector({ encoder, text: inputText(texts[i]!), row: i, spec: specName(spec), value });
}

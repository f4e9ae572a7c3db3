import type { EncoderInput } from '../encoders/encoder-input.ts';
import type { EmbedParams } from './embed-params.ts';
import type { VectorFile } from './vector-file.ts';
import { inputHash, vectorKey } from './vector-key.ts';
import { specName } from './vectors.ts';

export type LookUpParams = Pick<EmbedParams, 'encoder' | 'texts' | 'specs' | 'store'>;

/** Distinct texts missing from the store: those that `embed` would encode. */
export async function missingTexts<T extends EncoderInput>(params: LookUpParams & { readonly texts: readonly T[] }): Promise<T[]> {
  const { missing } = await lookUp(params);
  return missing.map((row) => params.texts[row]!);
}

export interface StoreCoverage {
  /** One per text. */
  readonly hashes: readonly string[];
  readonly files: ReadonlyMap<string, VectorFile>;
  /** Number of distinct texts. */
  readonly unique: number;
  /** Rows of distinct texts missing from some file. */
  readonly missing: readonly number[];
}

/** The files of an encoder's vectors for each spec, and the texts missing from them. */
export async function lookUp({ encoder, texts, specs, store }: LookUpParams): Promise<StoreCoverage> {
  const key = vectorKey(encoder);
  const hashes = texts.map(inputHash);
  const files = new Map<string, VectorFile>();
  for (const spec of specs) files.set(specName(spec), await store.open(key, specName(spec)));
  const first = new Map<string, number>();
  for (const [i, hash] of hashes.entries()) if (!first.has(hash)) first.set(hash, i);
  const all = [...files.values()];
  const missing = [...first].filter(([hash]) => all.some((file) => !file.has(hash))).map(([, i]) => i);
  return { hashes, files, unique: first.size, missing };
}

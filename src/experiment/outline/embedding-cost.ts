import type { Dataset } from '../../datasets/dataset.ts';
import { missingSentences } from '../../embed/embed-words.ts';
import { missingTexts } from '../../embed/missing-texts.ts';
import { textsOfPairs } from '../../embed/pair-rows.ts';
import type { VectorStore } from '../../embed/store.ts';
import type { PooledVector } from '../../embed/vectors.ts';
import { flopsPerToken } from '../../encoders/cost.ts';
import type { Encoder } from '../../encoders/encoder.ts';
import { rankedVectors } from '../rank-encoder.ts';
import { encoderVectors } from '../encoder-vectors.ts';
import type { RankSettings, Settings } from '../settings.ts';
import type { OutlinedWork } from './outlined-work.ts';
import type { OutlinedDataset, PromptedEncoder } from './outlined-inputs.ts';

/** Multiplications per second and thread in an encoder: a conservative guess, for estimates in minutes. */
export const FLOPS_A_THREAD = 50e9;

/** For English text, roughly. */
const CHARACTERS_A_TOKEN = 4.5;

/** For a text not read yet: a sentence or two. */
const TYPICAL_TOKENS = 25;

export interface Pair {
  readonly encoder: PromptedEncoder;
  readonly dataset: OutlinedDataset;
  readonly store: VectorStore;
}

export type VectorsOf = (encoder: Encoder) => readonly PooledVector[];

export function vectorsOf(settings: Settings): VectorsOf {
  return (encoder) => encoderVectors(encoder, encoder.name, settings);
}

export function rankVectorsOf(settings: RankSettings): VectorsOf {
  return (encoder) => rankedVectors(encoder, settings).places;
}

interface StoreParams {
  readonly encoder: Encoder;
  readonly vectors: readonly PooledVector[];
  readonly store: VectorStore;
}

/** Number of texts to encode: for pairs encoded separately both texts, for tagged sentences those whose first word vector is not stored. */
async function missingOf(dataset: Dataset, { encoder, vectors, store }: StoreParams): Promise<readonly string[]> {
  if (dataset.task === 'token-classification') {
    const specs = [{ word: 'first' as const, layers: [encoder.depth], combine: 'one' as const }];
    return (await missingSentences({ encoder, sentences: dataset.words, specs, store })).map((words) => words.join(' '));
  }
  return missingTexts({ encoder, texts: textsOfPairs(dataset), specs: vectors.map(({ spec }) => spec), store });
}

/** For a dataset not read yet, all its texts, with a typical number of tokens. */
export async function embedding(
  { encoder, dataset, store }: Pair,
  vectors: VectorsOf,
  threads: number,
): Promise<Pick<OutlinedWork, 'toRun' | 'seconds'>> {
  const { opened } = encoder;
  if (opened === undefined || dataset.texts === undefined) return { toRun: dataset.texts, seconds: undefined };
  const missing =
    dataset.opened === undefined ? undefined : await missingOf(dataset.opened, { encoder: opened, vectors: vectors(opened), store });
  const tokens = missing === undefined ? dataset.texts * Math.min(opened.maxLength, TYPICAL_TOKENS) : tokensOf(opened, missing);
  return { toRun: missing?.length ?? dataset.texts, seconds: secondsOf(opened, tokens, threads) };
}

export function tokensOf({ maxLength, tokenizer }: Encoder, texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Math.min(maxLength, text.length / CHARACTERS_A_TOKEN + tokenizer.specials), 0);
}

/** Undefined for a graphics card, whose speed is unknown. */
export function secondsOf({ depth, states, model, device }: Encoder, tokens: number, threads: number): number | undefined {
  if (tokens > 0 && device !== 'cpu') return undefined;
  // A static encoder: tokenising is nearly all the work.
  if (states.length === 1) return 0;
  const share = depth / (states.length - 1);
  return (tokens * flopsPerToken(model.proto.graph!) * share) / (FLOPS_A_THREAD * threads);
}

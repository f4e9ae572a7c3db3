import type { Dataset } from '../datasets/dataset.ts';
import type { PooledVector } from '../embed/vectors.ts';
import { keyHash, vectorKey } from '../embed/vector-key.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { PromptChoice } from '../encoders/prompts.ts';
import { HarnessError, reason } from '../errors.ts';
import type { Progress } from '../progress.ts';
import type { Failure, Row } from '../results/row.ts';
import type { ScoredCell } from '../results/scored.ts';
import type { Timing } from '../results/timings.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { Identity, RowVector } from './rows.ts';
import type { Settings } from './settings.ts';

/** Input and output of a grid of encoders and datasets. */

/** An encoder that could not be opened stays in the grid with the reason, so that its results are shown as dashes. */
export type GridEncoder = {
  readonly name: string;
  /** Reference that it was requested by. */
  readonly ref?: EncoderRef | undefined;
  /** Prompt as requested; undefined: the encoder's default prompt. */
  readonly prompt?: PromptChoice | undefined;
} & ({ readonly encoder: Encoder } | { readonly missing: string });
export type GridDataset = { readonly name: string; /** Reference that it was requested by. */ readonly ref?: DatasetRef | undefined } & (
  | { readonly dataset: Dataset; /** The requested protocols that its splits allow. */ readonly protocols: Settings['protocols'] }
  | { readonly missing: string }
);

export interface GridParams {
  readonly encoders: readonly GridEncoder[];
  readonly datasets: readonly GridDataset[];
  readonly settings: Settings;
  readonly vectorFolder: string;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  /** Whether an encoder is to be scored on a dataset. Default: always. */
  readonly includes?: ((encoder: string, dataset: string) => boolean) | undefined;
  /** Existing rows that need not be computed; `expected` has all rows of one vector. */
  readonly kept?: ((expected: readonly Row[]) => Promise<readonly Row[] | undefined>) | undefined;
  /** Aborts the run at a point from which it can be resumed. */
  readonly signal?: AbortSignal | undefined;
}

/** Output of the grid, one vector at a time. */
export type Outcome =
  | { readonly kind: 'computed'; readonly cells: readonly ScoredCell[] }
  | { readonly kind: 'kept'; readonly rows: readonly Row[] }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** A vector to score; with `pair` if both texts are one input. */
export type GridVector = PooledVector & { readonly pair?: 'joint' | undefined };

/** An encoder and its vectors to score. */
export interface Member {
  readonly name: string;
  readonly encoder: Encoder;
  readonly vectors: readonly GridVector[];
  /** Requested vectors that it does not have, and why. */
  readonly lacking: readonly { readonly vector: PooledVector; readonly error: HarnessError }[];
  readonly identity: Identity;
}

/** Encoders from the same file, truncated at different layers or not, share one forward pass. */
export function sharedPasses<M extends Member>(members: readonly M[]): M[][] {
  const groups = new Map<string, M[]>();
  for (const item of members) {
    const key = keyHash(vectorKey(item.encoder));
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

/** Fields of a vector that a failure contains. */
export function ofVector({ pooling, dim }: RowVector): Pick<Failure, 'pooling' | 'dim'> {
  return { pooling, ...(dim !== undefined && { dim: String(dim) }) };
}

/** A prompt as a failure shows it. */
export function promptOf({ prompt }: Identity): string | undefined {
  return prompt === '' ? undefined : prompt;
}

export function settingsOf(
  { dtype, maxLength, prompt, device }: Identity,
  { sample }: Pick<Dataset, 'sample'>,
): Pick<Timing, 'dtype' | 'maxLength' | 'sample' | 'prompt' | 'device'> {
  return { dtype, maxLength, sample, prompt, device };
}

export async function outcomeOf(about: Omit<Failure, 'reason'>, compute: () => Promise<ScoredCell[]>): Promise<Outcome> {
  try {
    return { kind: 'computed', cells: await compute() };
  } catch (error) {
    return failed({ ...about, reason: failureReason(error) });
  }
}

export function failed(failure: Failure): Outcome {
  return { kind: 'failed', failure };
}

/** An internal error must not become a dash in a table, nor must an abort by the user. */
export function failureReason(error: unknown): string {
  if (!(error instanceof HarnessError) || error.code === 'INTERNAL') throw error;
  return reason(error);
}

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

/** What a grid of encoders and datasets is given, and what comes out of it. */

/** An encoder that could not be opened stays in the grid with the reason, so that its cells are dashes. */
export type GridEncoder = {
  readonly name: string;
  /** How it was asked for. */
  readonly ref?: EncoderRef | undefined;
  /** What is put before its texts, as it was asked for; undefined: what its makers put there. */
  readonly prompt?: PromptChoice | undefined;
} & ({ readonly encoder: Encoder } | { readonly missing: string });
export type GridDataset = { readonly name: string; /** How it was asked for. */ readonly ref?: DatasetRef | undefined } & (
  | { readonly dataset: Dataset; /** Those of the settings that it has the splits for. */ readonly protocols: Settings['protocols'] }
  | { readonly missing: string }
);

export interface GridParams {
  readonly encoders: readonly GridEncoder[];
  readonly datasets: readonly GridDataset[];
  readonly settings: Settings;
  readonly vectorFolder: string;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  /** Whether an encoder is to be scored on a data set; left out: each on each. */
  readonly includes?: ((encoder: string, dataset: string) => boolean) | undefined;
  /** The rows of cells that need not be computed; `expected` has all of one vector. */
  readonly kept?: ((expected: readonly Row[]) => Promise<readonly Row[] | undefined>) | undefined;
  /** Ends the run where it can be gone on with. */
  readonly signal?: AbortSignal | undefined;
}

/** What comes out of the grid, vector by vector. */
export type Outcome =
  | { readonly kind: 'computed'; readonly cells: readonly ScoredCell[] }
  | { readonly kind: 'kept'; readonly rows: readonly Row[] }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** A vector that is scored; of pairs that are read together with `pair`. */
export type GridVector = PooledVector & { readonly pair?: 'joint' | undefined };

/** An encoder and the vectors that are scored. */
export interface Member {
  readonly name: string;
  readonly encoder: Encoder;
  readonly vectors: readonly GridVector[];
  /** Vectors that were asked for and that it does not have, and why. */
  readonly lacking: readonly { readonly vector: PooledVector; readonly error: HarnessError }[];
  readonly identity: Identity;
}

/** Encoders that are one file, cut at different layers or whole, are run once for all of them. */
export function sharedPasses<M extends Member>(members: readonly M[]): M[][] {
  const groups = new Map<string, M[]>();
  for (const item of members) {
    const key = keyHash(vectorKey(item.encoder));
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

/** What of a vector a failure says. */
export function ofVector({ pooling, dim }: RowVector): Pick<Failure, 'pooling' | 'dim'> {
  return { pooling, ...(dim !== undefined && { dim: String(dim) }) };
}

/** A prompt as a failure says it. */
export function promptOf({ prompt }: Identity): string | undefined {
  return prompt === '' ? undefined : prompt;
}

export function settingsOf(
  { dtype, maxLength, prompt }: Identity,
  { sample }: Pick<Dataset, 'sample'>,
): Pick<Timing, 'dtype' | 'maxLength' | 'sample' | 'prompt'> {
  return { dtype, maxLength, sample, prompt };
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

/** A mistake of ours is no dash in a table, nor is the end that somebody asked for. */
export function failureReason(error: unknown): string {
  if (!(error instanceof HarnessError) || error.code === 'INTERNAL') throw error;
  return reason(error);
}

import type { Policy } from '../results/folder.ts';
import type { ExperimentEvent } from './events.ts';

/** How an experiment is run, as opposed to what it computes: nothing here affects a score. */
export interface ExperimentOptions {
  /**
   * Results folder, written and resumed as by the command line (results.csv, run.json, …); relative to the working directory. If omitted,
   * results are kept in memory only.
   */
  readonly out?: string | undefined;
  /**
   * What happens to results in the folder that were made from other files: `same-inputs` (default) rejects with OUTPUT; `overwrite`
   * replaces them; `only-missing` keeps them; `prune-stale` deletes them and computes those of this request.
   */
  readonly policy?: Policy | undefined;
  /** Folder for downloads and vectors. Default: EMBEDDING_BENCH_CACHE, else the system's cache folder. */
  readonly cache?: string | undefined;
  /** Never use the network. Default: false. */
  readonly offline?: boolean | undefined;
  /** Folders searched by hash before any download. */
  readonly mirrors?: readonly string[] | undefined;
  /** Threads of the encoder and of the nearest-neighbour search. Default: one per core. */
  readonly threads?: number | undefined;
  /** Tokens per batch. */
  readonly tokenBudget?: number | undefined;
  /** Compute one shard only: `index` from 1. Each pair of dataset and encoder is in exactly one; `bench merge` merges the folders. */
  readonly shard?: { readonly index: number; readonly of: number } | undefined;
  /**
   * Aborts the run: the promise rejects with the signal's reason. Finished results are in the results folder, and the same call resumes
   * from there.
   */
  readonly signal?: AbortSignal | undefined;
  /** Receives progress, downloads and human-readable notes as they occur. It should not throw. */
  readonly onEvent?: ((event: ExperimentEvent) => void) | undefined;
}

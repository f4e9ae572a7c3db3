import type { Policy } from '../results/folder.ts';
import type { ExperimentEvent } from './events.ts';

/** How an experiment is run, apart from what it is: none of this decides a score. */
export interface ExperimentOptions {
  /**
   * Results folder, written and resumed as by the command line (results.csv, run.json, …); a path from the working directory. If omitted,
   * results are in memory alone.
   */
  readonly out?: string | undefined;
  /**
   * What becomes of results that the folder has already, made from other files: `same-inputs` (default) rejects with OUTPUT; `overwrite`
   * replaces them; `only-missing` keeps them; `prune-stale` drops them, and computes those of this request.
   */
  readonly policy?: Policy | undefined;
  /** Folder for downloads and vectors. Default: EMBEDDING_BENCH_CACHE, else the system's folder for caches. */
  readonly cache?: string | undefined;
  /** Never touch the network. Default: false. */
  readonly offline?: boolean | undefined;
  /** Folders that are searched by hash before any download. */
  readonly mirrors?: readonly string[] | undefined;
  /** Threads of the encoder and of the search. Default: one per core. */
  readonly threads?: number | undefined;
  /** Tokens per batch. */
  readonly tokenBudget?: number | undefined;
  /** Compute one part alone: `index` from 1. Each dataset with each encoder is in one of them; `bench merge` puts the folders together. */
  readonly shard?: { readonly index: number; readonly of: number } | undefined;
  /** Ends it: the promise rejects with the signal's reason. What is done is in the results folder, and the same call resumes from there. */
  readonly signal?: AbortSignal | undefined;
  /** Receives progress, downloads, and sentences for a person, as they come. It should not throw. */
  readonly onEvent?: ((event: ExperimentEvent) => void) | undefined;
}

import type { CodedComplaint } from '../../errors.ts';
import type { Unit } from '../../progress.ts';
import type { Job, JobResult } from '../job.ts';

/** Message from a worker to the process that runs its jobs: run a job, or open the inputs of one that is likely to be next. */
export interface JobQuestion {
  readonly kind: 'run' | 'open';
  readonly job: Job;
  readonly host: JobHost;
}

/** Where the process finds inputs, and its resources. */
export interface JobHost {
  readonly cacheDir: string;
  readonly offline: boolean;
  readonly mirrors: readonly string[];
  readonly threads: number;
  readonly tokenBudget: number | undefined;
}

export interface JobProgress {
  readonly label: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly unit: Unit;
}

/** Messages back: progress and warnings, and one end. */
export type JobAnswer = { readonly kind: 'progress'; readonly progress: JobProgress } | Said | JobEnd;

/** A human-readable line: part of the result, or about the progress. */
export type Said = { readonly kind: 'warning'; readonly line: string } | { readonly kind: 'log'; readonly line: string };

export type JobEnd =
  | { readonly kind: 'done'; readonly result: JobResult }
  /** It fails wherever it is run. */
  | { readonly kind: 'complaint'; readonly complaint: CodedComplaint }
  /** It cannot be run here: its inputs are not available, or differ from those it was planned with. */
  | { readonly kind: 'refused'; readonly why: string }
  /** An internal error: the job may be tried again. */
  | { readonly kind: 'failed'; readonly why: string };

import type { CodedComplaint } from '../../errors.ts';
import type { Unit } from '../../progress.ts';
import type { Job, JobResult } from '../job.ts';

/** What a worker asks the process that runs its jobs. */
export interface JobQuestion {
  readonly job: Job;
  readonly host: JobHost;
}

/** Where the process finds inputs, and what it runs with. */
export interface JobHost {
  readonly cacheDir: string;
  readonly offline: boolean;
  readonly mirrors: readonly string[];
  readonly threads: number;
  readonly tokenBudget: number;
}

export interface JobProgress {
  readonly label: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly unit: Unit;
}

/** What it answers: progress and warnings, and one end. */
export type JobAnswer = { readonly kind: 'progress'; readonly progress: JobProgress } | Said | JobEnd;

/** A line for a person: one that is of the result, or of the way to it. */
export type Said = { readonly kind: 'warning'; readonly line: string } | { readonly kind: 'log'; readonly line: string };

export type JobEnd =
  | { readonly kind: 'done'; readonly result: JobResult }
  /** It fails wherever it is run. */
  | { readonly kind: 'complaint'; readonly complaint: CodedComplaint }
  /** It cannot be run here: what it reads is not to be had, or is not what it was planned for. */
  | { readonly kind: 'refused'; readonly why: string }
  /** A mistake of ours: it may be run again. */
  | { readonly kind: 'failed'; readonly why: string };

import type { Host } from './host.ts';
import type { Job, JobResult } from './job.ts';
import { runJob } from './run-job.ts';

/** Runs the jobs of an experiment: in this process, one after the other, or on remote workers. */
export interface Executor {
  /**
   * Receives jobs that will be run, in any order, so that an executor with several workers can start all of them. Throws what would end the
   * experiment: inputs that a worker can never get.
   */
  announce(jobs: readonly Job[]): Promise<void>;
  /** Result of a job. Throws as `runJob` does. */
  run(job: Job, host: Host): Promise<JobResult>;
}

export const THIS_PROCESS: Executor = { announce: async () => undefined, run: runJob };

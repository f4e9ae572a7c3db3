import type { Host } from './host.ts';
import type { Job, JobResult } from './job.ts';
import { runJob } from './run-job.ts';

/** Who runs the jobs of an experiment: this process, one after the other, or workers elsewhere. */
export interface Executor {
  /**
   * Takes jobs that will be asked for, in any order, so that whoever has several hands begins with all of them. Throws what would end the
   * experiment: inputs that a worker can never have.
   */
  announce(jobs: readonly Job[]): Promise<void>;
  /** What a job comes to. Throws as `runJob` does. */
  run(job: Job, host: Host): Promise<JobResult>;
}

export const THIS_PROCESS: Executor = { announce: async () => undefined, run: runJob };

import { fork, type ChildProcess } from 'node:child_process';
import type { Job } from '../job.ts';
import type { JobAnswer, JobEnd, JobHost, JobProgress, JobQuestion, Said } from './job-process-calls.ts';

export interface RunInProcess {
  readonly job: Job;
  readonly host: JobHost;
  readonly onProgress: (progress: JobProgress) => void;
  readonly onSaid: (said: Said) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A process ended while running a job, without a message. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
}

/** A process that runs jobs, one after the other; started again after a crash. */
export class JobProcess {
  #child: ChildProcess | undefined;

  /** Starts the process, which loads its modules before the first job comes. */
  start(): void {
    this.#child ??= this.#begin();
  }

  /** Opens the inputs of a job while another is running. It reports nothing: what fails fails again when the job is run. */
  open(job: Job, host: JobHost): void {
    this.#child?.send({ kind: 'open', job, host } satisfies JobQuestion, () => undefined);
  }

  /** Throws ProcessEnded, and the signal's reason: the process is then killed, whatever it is doing. */
  run({ job, host, onProgress, onSaid, signal }: RunInProcess): Promise<JobEnd> {
    signal?.throwIfAborted();
    const child = (this.#child ??= this.#begin());
    return new Promise((resolve, reject) => {
      const done = (): void => {
        child.off('message', take);
        child.off('exit', ended);
        signal?.removeEventListener('abort', abort);
      };
      const take = (answer: JobAnswer): void => {
        if (answer.kind === 'progress') onProgress(answer.progress);
        else if (answer.kind === 'warning' || answer.kind === 'log') onSaid(answer);
        else {
          done();
          resolve(answer);
        }
      };
      const ended = (code: number | null, by: NodeJS.Signals | null): void => {
        done();
        this.#child = undefined;
        reject(new ProcessEnded(by === null ? `its process ended with status ${code}` : `its process was ended by ${by}`));
      };
      const abort = (): void => {
        done();
        this.close();
        reject(signal!.reason as Error);
      };
      child.on('message', take);
      child.on('exit', ended);
      signal?.addEventListener('abort', abort);
      child.send({ kind: 'run', job, host } satisfies JobQuestion, (error) => {
        // A process that is exiting reports that by itself.
        if (error !== null && (child.exitCode !== null || child.signalCode !== null)) ended(child.exitCode, child.signalCode);
      });
    });
  }

  /** Kills the process, whatever it is doing. */
  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #begin(): ChildProcess {
    // Its output goes to the worker's; messages have a separate channel.
    const child = fork(new URL('./job-process-main.js', import.meta.url), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('error', () => undefined);
    child.on('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    return child;
  }
}

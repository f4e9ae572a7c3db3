import type { Worker } from 'node:worker_threads';
import { reason } from './errors.ts';

/** Whether a thread can still answer. */
export interface Watched {
  /** Why it cannot any more; undefined as long as it can. */
  readonly ended: string | undefined;
}

/**
 * Calls back, once, when a thread will not answer any more: something was thrown in it, it ran out of memory, what it said cannot be
 * read, or it ended, whatever the reason. Who asks afterwards is not heard either: see `ended`.
 */
export function watch(worker: Worker, onEnd: (why: string) => void): Watched {
  let ended: string | undefined;
  const end = (why: string): void => {
    if (ended !== undefined) return;
    ended = why;
    onEnd(why);
  };
  worker.on('error', (error: unknown) => end(reason(error)));
  worker.on('messageerror', (error) => end(`its answer cannot be read (${reason(error)})`));
  worker.on('exit', () => end('its thread ended'));
  return {
    get ended() {
      return ended;
    },
  };
}

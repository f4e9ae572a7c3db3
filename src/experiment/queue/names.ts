import type { Queue } from 'bullmq';

/** Keys of a project's queue, in addition to those of the library. */

/** Hash: queue of a version → when its jobs were last requested. */
export function versionsKey(prefix: string): string {
  return `${prefix}:versions`;
}

/** Hash of a job: worker that cannot run it → why. */
export function refusalsKey(prefix: string, job: string): string {
  return `${prefix}:refused:${job}`;
}

/** Names of the connected workers, from Redis's list of clients. */
export async function workerNames(queue: Pick<Queue, 'getWorkers'>): Promise<string[]> {
  const clients = await queue.getWorkers();
  const names = clients.flatMap(({ rawname }) => /:w:(.+)$/.exec(rawname ?? '')?.[1] ?? []);
  return [...new Set(names)].toSorted();
}

/** Why a job failed, in our words: the library's are `job stalled more than allowable limit`. */
export function whyFailed(reason: string | undefined): string {
  if (reason === undefined || reason === '') return 'It failed.';
  return /stalled more than allowable limit/.test(reason) ? 'Workers that ran it were lost three times.' : reason;
}

import type { Queue } from 'bullmq';
import { z } from 'zod';
import { queueVersion, jobsQueue, type QueueAddress } from './address.ts';
import { connect, redisOptions } from './connection.ts';
import { openEnvelope } from './envelope.ts';
import { versionsKey, whyFailed, workerNames } from './names.ts';
import { jobLabel } from './worker.ts';

/** State of the queue of a version. */
export interface QueueOverview {
  readonly version: string;
  readonly workers: readonly string[];
  readonly waiting: number;
  readonly running: readonly RunningJob[];
  readonly done: number;
  readonly failed: readonly FailedJob[];
}

export interface RunningJob {
  readonly job: string;
  /** Undefined until the first report. */
  readonly worker: string | undefined;
  readonly progress: string | undefined;
}

export interface FailedJob {
  readonly job: string;
  readonly why: string;
}

/** Maximum number of jobs listed per state. */
const MOST = 100;

const told = z.object({
  worker: z.string().max(300),
  label: z.string().max(300),
  done: z.number(),
  total: z.number().optional(),
  unit: z.string().max(20),
});

/** State of the queues of a project, this version first. Throws SOURCE if Redis does not answer. */
export async function overview(address: QueueAddress, warn: (line: string) => void): Promise<QueueOverview[]> {
  return eachQueue(address, warn, async (queue, version) => {
    const [counts, active, failed, workers] = await Promise.all([
      queue.getJobCounts('waiting', 'delayed', 'waiting-children', 'prioritized', 'completed'),
      queue.getActive(0, MOST - 1),
      queue.getFailed(0, MOST - 1),
      workerNames(queue),
    ]);
    return {
      version,
      workers,
      waiting: (counts['waiting'] ?? 0) + (counts['delayed'] ?? 0) + (counts['waiting-children'] ?? 0) + (counts['prioritized'] ?? 0),
      running: active.map(({ data, progress }) => {
        const { data: words } = told.safeParse(progress);
        return {
          job: labelOf(data),
          worker: words?.worker,
          progress: words && `${words.label}: ${words.done}${words.total === undefined ? '' : ` of ${words.total}`} ${words.unit}`,
        };
      }),
      done: counts['completed'] ?? 0,
      failed: failed.map(({ data, failedReason }) => ({ job: labelOf(data), why: whyFailed(failedReason) })),
    };
  });
}

/** Removes waiting jobs; running ones continue. Returns the number removed. */
export async function drain(address: QueueAddress, warn: (line: string) => void): Promise<number> {
  const counts = await eachQueue(address, warn, async (queue) => {
    const before = await queue.getJobCountByTypes('waiting', 'delayed', 'waiting-children', 'prioritized');
    await queue.drain(true);
    return before;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Removes all of a project: jobs, running ones included, results, and sent files. */
export async function clear(address: QueueAddress, warn: (line: string) => void): Promise<void> {
  await eachQueue(address, warn, async (queue) => queue.obliterate({ force: true }));
  const redis = await connect(address, warn);
  try {
    for await (const keys of redis.scanStream({ match: `${address.prefix}:*`, count: 1000 }) as AsyncIterable<string[]>) {
      if (keys.length > 0) await redis.unlink(...keys);
    }
  } finally {
    redis.disconnect();
  }
}

async function eachQueue<T>(
  address: QueueAddress,
  warn: (line: string) => void,
  look: (queue: Queue, version: string) => Promise<T>,
): Promise<T[]> {
  const redis = await connect(address, warn);
  try {
    const { Queue: Jobs } = await import('bullmq');
    const own = queueVersion();
    const versions = [own, ...(await redis.hkeys(versionsKey(address.prefix))).filter((each) => each !== own).toSorted()];
    const found: T[] = [];
    for (const version of versions) {
      const queue = new Jobs(jobsQueue(version), { connection: redisOptions(address), prefix: address.prefix, skipMetasUpdate: true });
      queue.on('error', () => undefined);
      try {
        found.push(await look(queue, version));
      } finally {
        await queue.close();
      }
    }
    return found;
  } finally {
    redis.disconnect();
  }
}

function labelOf(data: unknown): string {
  try {
    return jobLabel(openEnvelope(data));
  } catch {
    return 'not a job of this program';
  }
}

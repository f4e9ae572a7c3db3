import { hostname } from 'node:os';
import path from 'node:path';
import type { Job as QueueJob, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { HarnessError, option, reason } from '../../errors.ts';
import type { Device } from '../../devices/device.ts';
import type { Job } from '../job.ts';
import { jobsQueue, queueVersion, type QueueAddress } from './address.ts';
import { connect, redisOptions, type Library } from './connection.ts';
import { envelopeId, openEnvelope, unpacked } from './envelope.ts';
import { JobProcess } from './job-process.ts';
import type { JobEnd, JobHost, Said } from './job-process-calls.ts';
import { machineKind } from './machine-kind.ts';
import { refusalsKey, versionsKey, workerNames } from './names.ts';
import { MOST_SAID, queuedEnd, type QueuedEnd } from './result-schema.ts';
import { fetchSent, sweepSent } from './sent-files.ts';
import { storeId, worthLeaving } from './vectors-at.ts';

export interface WorkerParams {
  readonly address: QueueAddress;
  readonly host: JobHost;
  /** Number of jobs at a time. */
  readonly concurrency: number;
  /** Jobs for another device are left to other workers. Default: those that this machine lacks. */
  readonly device?: Device | undefined;
  /** Maximum bytes of the files of one encoder or dataset that are accepted. */
  readonly sendLimit: number;
  /** Milliseconds after which a silent worker is considered dead. */
  readonly lockMs: number;
  readonly onEvent: (event: WorkerEvent) => void;
  readonly version?: string | undefined;
  /** Default: host and process id. */
  readonly name?: string | undefined;
}

export type WorkerEvent =
  | { readonly kind: 'ready'; readonly name: string; readonly queue: string; readonly machine: string }
  | { readonly kind: 'took'; readonly job: string }
  | { readonly kind: 'did'; readonly job: string; readonly seconds: number }
  | { readonly kind: 'refused' | 'failed'; readonly job: string; readonly why: string }
  | { readonly kind: 'warning'; readonly line: string };

/** How often the worker of a job may crash or go silent. */
const MOST_STALLS = 2;
/** Milliseconds that a job refused here is delayed. */
const REST = 500;
/** Milliseconds between two checks of queues of other versions. */
const OTHERS_EVERY = 30_000;
/** Milliseconds between two progress messages. */
const TELL_EVERY = 1000;

/** Takes jobs from a queue, and runs each in a separate process. */
export class QueueWorker {
  readonly name: string;
  readonly #params: WorkerParams;
  readonly #redis: Redis;
  readonly #queue: Queue;
  readonly #worker: Worker;
  readonly #free: JobProcess[];
  readonly #all: readonly JobProcess[];
  readonly #sentFolder: string;
  /** Sent files that are being fetched. */
  readonly #fetching = new Map<string, Promise<string>>();
  readonly #warned = new Set<string>();
  /** When a concatenation was first left to other workers. */
  readonly #left = new Map<string, number>();
  #store: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(params: WorkerParams, redis: Redis, library: Library) {
    const { address, concurrency, lockMs, version = queueVersion(), name = `${hostname()}-${process.pid}` } = params;
    this.#params = params;
    this.#redis = redis;
    this.name = name;
    this.#sentFolder = path.join(params.host.cacheDir, 'sent');
    this.#all = Array.from({ length: concurrency }, () => new JobProcess());
    this.#free = [...this.#all];
    const shared = { connection: redisOptions(address), prefix: address.prefix };
    this.#queue = new library.Queue(jobsQueue(version), shared);
    const { Worker: JobsWorker } = library;
    this.#worker = new JobsWorker(jobsQueue(version), (job, token) => this.#take(job, token!), {
      ...shared,
      name,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: Math.ceil(lockMs / 2),
      maxStalledCount: MOST_STALLS,
      autorun: false,
    });
    this.#queue.on('error', (error) => this.#warnOnce(reason(error)));
    this.#worker.on('error', (error) => this.#warnOnce(reason(error)));
  }

  /** Throws SOURCE if Redis does not answer at the address. */
  static async start(params: WorkerParams): Promise<QueueWorker> {
    const { onEvent, address, version = queueVersion() } = params;
    const redis = await connect(address, (line) => onEvent({ kind: 'warning', line }));
    const worker = new QueueWorker(params, redis, await import('bullmq'));
    await sweepSent(worker.#sentFolder);
    worker.#store = await storeId(params.host.cacheDir);
    worker.#worker.run().catch((error: unknown) => worker.#warnOnce(reason(error)));
    await worker.#worker.waitUntilReady();
    for (const each of worker.#all) each.start();
    onEvent({ kind: 'ready', name: worker.name, queue: jobsQueue(version), machine: machineKind() });
    worker.#timer = setInterval(() => void worker.#lookAround().catch(() => undefined), OTHERS_EVERY);
    await worker.#lookAround();
    return worker;
  }

  /** Accepts no more jobs; running ones are finished first, or with `now` aborted, so that other workers take them. */
  async close({ now = false } = {}): Promise<void> {
    clearInterval(this.#timer);
    if (now) for (const each of this.#all) each.close();
    await this.#worker.close(now);
    for (const each of this.#all) each.close();
    await this.#queue.close();
    this.#redis.disconnect();
  }

  async #take(queued: QueueJob, token: string): Promise<QueuedEnd> {
    const { DelayedError, UnrecoverableError } = await import('bullmq');
    const { onEvent } = this.#params;
    const label = labelOf(queued.data);
    const key = refusalsKey(this.#params.address.prefix, queued.id!);
    const later = async (): Promise<never> => {
      await queued.moveToDelayed(Date.now() + REST, token);
      throw new DelayedError();
    };
    if ((await this.#redis.hexists(key, this.name)) === 1) {
      const everybody = await this.#refusedByAll(key);
      if (everybody === undefined) return later();
      throw new UnrecoverableError(everybody);
    }
    let job: Job;
    try {
      job = openEnvelope(queued.data);
      if (envelopeId(job) !== queued.id)
        throw new HarnessError('FORMAT', { where: 'a job of the queue', what: 'It does not match its ID.' });
    } catch (error) {
      onEvent({ kind: 'failed', job: label, why: reason(error) });
      throw new UnrecoverableError(reason(error));
    }
    if (job.kind === 'concat' && (await this.#isLeft(queued))) return later();
    onEvent({ kind: 'took', job: label });
    const begun = performance.now();
    const said: Said[] = [];
    const end = await this.#run(job, queued, said);
    switch (end.kind) {
      case 'refused':
        onEvent({ kind: 'refused', job: label, why: end.why });
        await this.#redis.hset(key, this.name, end.why);
        await this.#redis.expire(key, 86_400);
        return later();
      case 'failed':
        onEvent({ kind: 'failed', job: label, why: end.why });
        throw new Error(end.why);
      case 'done':
      case 'complaint':
        onEvent({ kind: 'did', job: label, seconds: (performance.now() - begun) / 1000 });
        return { end, worker: this.name, machine: machineKind(), store: this.#store, said };
      default:
        return end satisfies never;
    }
  }

  /** Whether to leave a concatenation to a worker that has more of its vectors: for as long as computing them again would take. */
  async #isLeft(queued: QueueJob): Promise<boolean> {
    const [values, workers] = await Promise.all([queued.getChildrenValues<unknown>(), workerNames(this.#queue)]);
    const members = Object.values(values).flatMap((value) => (queuedEnd.safeParse(value).data as QueuedEnd | undefined) ?? []);
    const since = this.#left.get(queued.id!) ?? Date.now();
    this.#left.set(queued.id!, since);
    const isLeft = Date.now() - since < worthLeaving({ members, store: this.#store, workers });
    if (!isLeft) this.#left.delete(queued.id!);
    return isLeft;
  }

  async #run(job: Job, queued: QueueJob, said: Said[]): Promise<JobEnd> {
    const { host, device } = this.#params;
    const { device: wanted = 'cpu' } = job.opening;
    if (!this.#serves(job)) {
      return {
        kind: 'refused',
        why: `It is for ${wanted}, but ${this.name} serves ${device}; a worker without ${option('device')}, or with ${wanted}, runs it.`,
      };
    }
    let own: Job;
    try {
      own = await this.#unpacked(job);
    } catch (error) {
      return { kind: 'refused', why: reason(error) };
    }
    const runner = this.#free.pop()!;
    let told = 0;
    this.#openNext(runner).catch(() => undefined);
    try {
      return await runner.run({
        job: own,
        host,
        onProgress: (progress) => {
          if (performance.now() - told < TELL_EVERY) return;
          told = performance.now();
          queued.updateProgress({ ...progress, worker: this.name }).catch(() => undefined);
        },
        onSaid: (line) => void (said.length < MOST_SAID && said.push(line)),
      });
    } catch (error) {
      return { kind: 'failed', why: reason(error) };
    } finally {
      this.#free.push(runner);
    }
  }

  /** Whether a job is for the device that this worker serves, if it was told one. */
  #serves({ opening }: Job): boolean {
    const { device } = this.#params;
    return device === undefined || device === (opening.device ?? 'cpu');
  }

  /** The job with its sent files here, and this worker's threads. Throws as `fetchSent`. */
  async #unpacked(job: Job): Promise<Job> {
    const { host, sendLimit, address } = this.#params;
    const own = await unpacked(job, (digest) => {
      const coming =
        this.#fetching.get(digest) ??
        fetchSent({ store: this.#redis, prefix: address.prefix, digest, cache: this.#sentFolder, most: sendLimit }).finally(() =>
          this.#fetching.delete(digest),
        );
      this.#fetching.set(digest, coming);
      return coming;
    });
    return withThreads(own, host.threads);
  }

  /**
   * Fetches and opens the inputs of the next job during this one. Which job that is can only be guessed: if all take the same time, every
   * other worker takes one of the waiting jobs before this one is free again.
   */
  async #openNext(runner: JobProcess): Promise<void> {
    const { host, concurrency } = this.#params;
    const others = (await this.#queue.getWorkersCount()) * concurrency - 1;
    const [queued] = await this.#queue.getWaiting(others, others);
    if (queued === undefined) return;
    const job = openEnvelope(queued.data);
    if (envelopeId(job) === queued.id && this.#serves(job)) runner.open(await this.#unpacked(job), host);
  }

  /** Why no connected worker can run a job; undefined while one may. */
  async #refusedByAll(key: string): Promise<string | undefined> {
    const [refused, names] = await Promise.all([this.#redis.hgetall(key), workerNames(this.#queue)]);
    if (names.some((name) => !Object.hasOwn(refused, name))) return undefined;
    const reasons = [...new Set(Object.values(refused))];
    return `No worker can run it: ${reasons.join(' | ')}`;
  }

  /** Reports jobs that wait for workers of another version. */
  async #lookAround(): Promise<void> {
    const { Queue: Others } = await import('bullmq');
    const { address, onEvent, version = queueVersion() } = this.#params;
    const known = await this.#redis.hkeys(versionsKey(address.prefix));
    for (const other of known.filter((each) => each !== version && !this.#warned.has(each))) {
      const queue = new Others(jobsQueue(other), { connection: redisOptions(address), prefix: address.prefix, skipMetasUpdate: true });
      queue.on('error', () => undefined);
      const waiting = await queue.count();
      await queue.close();
      if (waiting === 0) continue;
      this.#warned.add(other);
      onEvent({ kind: 'warning', line: `${waiting} jobs wait for workers of version ${other}; this one is ${version}.` });
    }
  }

  #warnOnce(line: string): void {
    // While a connection is lost the library reports it repeatedly: our own handler reports it once.
    if (/ECONN|EPIPE|Connection is closed|ENOTFOUND|ETIMEDOUT/.test(line) || this.#warned.has(line)) return;
    this.#warned.add(line);
    this.#params.onEvent({ kind: 'warning', line });
  }
}

/** The worker's own threads: they do not affect results. */
function withThreads(job: Job, threads: number): Job {
  if (job.kind !== 'train') return job;
  const { choice } = job;
  return { ...job, choice: { ...choice, trainer: { ...choice.trainer, threads }, neighbours: { ...choice.neighbours, threads } } };
}

/** Label of a queued job for messages, whatever it contains. */
function labelOf(data: unknown): string {
  try {
    return jobLabel(openEnvelope(data));
  } catch {
    return 'a job';
  }
}

/** Short label of a job. */
export function jobLabel(job: Job): string {
  const encoders = job.encoders.map(({ name }) => name).join(' + ');
  const how = job.kind === 'train' ? ` ${job.objective}, seed ${job.seed}` : '';
  return `${job.kind} ${encoders} on ${job.dataset.name}${how}`;
}

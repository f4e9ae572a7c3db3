import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowJob, FlowProducer, Job as QueueJob, JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { HarnessError, option, reason, shown } from '../../errors.ts';
import type { Progress, ProgressTask } from '../../progress.ts';
import type { Failure, Row } from '../../results/row.ts';
import { resultKey } from '../../results/merge.ts';
import type { Executor } from '../executor.ts';
import type { Host } from '../host.ts';
import { scoredResults, type Job, type JobResult } from '../job.ts';
import { promptWord } from '../prompted.ts';
import { runJob } from '../run-job.ts';
import { DEFAULT_PREFIX, jobsQueue, queueVersion, type QueueAddress } from './address.ts';
import { connect, redisOptions, type Library } from './connection.ts';
import { Packing, type Envelope } from './envelope.ts';
import { refusalsKey, versionsKey, whyFailed } from './names.ts';
import { queuedEnd, type QueuedEnd } from './result-schema.ts';
import { send } from './sent-files.ts';
import { TextsRate } from './texts-rate.ts';
import { jobLabel } from './worker.ts';

export interface QueueExecutorParams {
  readonly address: QueueAddress;
  /** Maximum bytes of the files of one encoder or dataset that are sent. */
  readonly sendLimit: number;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  readonly version?: string | undefined;
}

/** What workers have done for an experiment. */
export interface WorkersUse {
  readonly jobs: number;
  readonly workers: readonly string[];
  /** Kinds of their processors. */
  readonly machines: readonly string[];
}

/** Seconds after which unused results are deleted. */
const KEPT_SECONDS = 7 * 86_400;
/** Attempts for a job whose process crashes. */
const ATTEMPTS = 3;
/** Milliseconds between two polls of a job. */
const LOOK_EVERY = 200;
/** Milliseconds between two polls of all jobs. */
const TELL_EVERY = 1000;
/** Milliseconds after which the absence of workers is reported. */
const LONELY = 5000;

const OPTIONS: JobsOptions = {
  attempts: ATTEMPTS,
  backoff: { type: 'fixed', delay: 1000 },
  removeOnComplete: { age: KEPT_SECONDS },
  removeOnFail: { age: KEPT_SECONDS },
  // A failed member becomes a dash: jobs that wait for it are told.
  ignoreDependencyOnFailure: true,
  stackTraceLimit: 1,
};

/**
 * Runs the jobs of an experiment on workers through a queue. Job ids are content hashes: experiments with the same jobs share them, and an
 * experiment that was killed and is started again finds what was done in the meantime.
 */
export class QueueExecutor implements Executor {
  readonly #params: QueueExecutorParams;
  readonly #redis: Redis;
  readonly #queue: Queue;
  readonly #flows: FlowProducer;
  readonly #packing: Packing;
  readonly #known = new Map<string, Envelope>();
  readonly #sent = new Set<string>();
  readonly #uses = new Map<string, QueuedEnd>();
  readonly #rate = new TextsRate();
  #task: ProgressTask | undefined;
  #total = 0;
  #done = 0;
  #told = 0;
  #lonely: { since: number; said: boolean } | undefined;

  private constructor(params: QueueExecutorParams, redis: Redis, library: Library) {
    const { address, version = queueVersion(), sendLimit } = params;
    const shared = { connection: redisOptions(address), prefix: address.prefix };
    this.#params = params;
    this.#redis = redis;
    this.#packing = new Packing(sendLimit);
    this.#queue = new library.Queue(jobsQueue(version), shared);
    this.#flows = new library.FlowProducer(shared);
    this.#queue.on('error', () => undefined); // a lost connection is reported by our own handler
    this.#flows.on('error', () => undefined);
  }

  /** Throws SOURCE if Redis does not answer at the address. */
  static async open(params: QueueExecutorParams): Promise<QueueExecutor> {
    const redis = await connect(params.address, params.warn);
    return new QueueExecutor(params, redis, await import('bullmq'));
  }

  get use(): WorkersUse {
    return {
      jobs: this.#uses.size,
      workers: distinct([...this.#uses.values()].map(({ worker }) => worker)),
      machines: distinct([...this.#uses.values()].map(({ machine }) => machine)),
    };
  }

  async announce(announced: readonly Job[]): Promise<void> {
    const jobs = announced.filter((job) => !leavesFiles(job));
    if (jobs.length === 0) return;
    const packed = [];
    for (const job of jobs) packed.push(await this.#packing.pack(job));
    // All jobs are packed before the first is queued: if something cannot be sent, nothing has started.
    const { version = queueVersion(), address, progress } = this.#params;
    await this.#redis.hset(versionsKey(address.prefix), version, String(Date.now()));
    for (const [i, job] of jobs.entries()) this.#known.set(job.id, packed[i]!);
    for (const envelope of packed) await this.#freshen(envelope.id);
    this.#total += packed.length;
    this.#task ??= progress.task('Jobs on the queue', undefined, 'jobs');
    this.#task.setTotal(this.#total);
    const apart = [...packed];
    for (const envelope of packed.filter(({ job }) => job.kind === 'concat')) {
      const members = apart.filter(({ job }) => job.kind === 'score' && isMember(job, envelope.job));
      for (const each of [envelope, ...members]) apart.splice(apart.indexOf(each), 1);
      await this.#send([envelope, ...members]);
      await this.#flows.add({ ...this.#flowOf(envelope), children: members.map((member) => this.#flowOf(member)) });
    }
    // Jobs whose files are there are begun while those of others are being sent.
    let ready: Envelope[] = [];
    for (const envelope of apart) {
      if (envelope.folders.some((folder) => !this.#sent.has(folder.manifest.digest))) {
        await this.#add(ready);
        ready = [];
        await this.#send([envelope]);
      }
      ready.push(envelope);
    }
    await this.#add(ready);
  }

  /** Sends what has not been sent. */
  async #send(envelopes: readonly Envelope[]): Promise<void> {
    for (const folder of envelopes.flatMap(({ folders }) => folders)) {
      if (this.#sent.has(folder.manifest.digest)) continue;
      await send(this.#redis, this.#params.address.prefix, folder);
      this.#sent.add(folder.manifest.digest);
    }
  }

  async #add(envelopes: readonly Envelope[]): Promise<void> {
    if (envelopes.length === 0) return;
    await this.#queue.addBulk(envelopes.map(({ id, job }) => ({ name: job.kind, data: { job }, opts: { ...OPTIONS, jobId: id } })));
  }

  async run(job: Job, host: Host): Promise<JobResult> {
    // Files that are not results stay where they are made: a trained encoder that is saved, vectors per epoch.
    const { files } = host;
    if (files.save !== undefined || files.keepWeights === true || leavesFiles(job)) return runJob(job, host);
    if (!this.#known.has(job.id)) await this.announce([job]);
    const { id } = this.#known.get(job.id)!;
    const found = await this.#ended(id, host.signal);
    this.#done++;
    this.#task?.update(this.#done);
    if (this.#done === this.#total) {
      this.#task?.end();
      this.#task = undefined;
    }
    if (typeof found === 'string') return lost(job, found);
    this.#uses.set(id, found);
    for (const { kind, line } of found.said) (kind === 'warning' ? host.warn : host.progress.log)(line);
    if (found.end.kind === 'complaint') {
      const { code, ...complaint } = found.end.complaint;
      if (job.kind === 'score' || job.kind === 'concat') return lost(job, new HarnessError(code, complaint).message);
      throw new HarnessError(code, complaint);
    }
    const result = checked({ ...found.end.result, job: job.id }, job);
    await host.onCells?.(scoredResults(result), result.timings);
    return result;
  }

  /** Closes the connections; jobs stay on the queue. */
  async close(): Promise<void> {
    this.#task?.end();
    await this.#flows.close().catch(() => undefined);
    await this.#queue.close().catch(() => undefined);
    this.#redis.disconnect();
  }

  #flowOf({ id, job }: Envelope): FlowJob {
    const { version = queueVersion(), address } = this.#params;
    return { name: job.kind, queueName: jobsQueue(version), prefix: address.prefix, data: { job }, opts: { ...OPTIONS, jobId: id } };
  }

  /** A job that failed in an earlier experiment is tried again. */
  async #freshen(id: string): Promise<void> {
    const there = await this.#queue.getJob(id);
    if (there === undefined || !(await there.isFailed())) return;
    await this.#redis.del(refusalsKey(this.#params.address.prefix, id));
    await there.remove().catch(() => undefined); // another process was quicker
  }

  /** The result of a worker, or why none could produce it. */
  async #ended(id: string, signal: AbortSignal | undefined): Promise<QueuedEnd | string> {
    for (;;) {
      signal?.throwIfAborted();
      const there = await aborted(this.#queue.getJob(id), signal);
      if (there === undefined) await this.#again(id);
      else if (there.finishedOn !== undefined && there.finishedOn > 0) {
        const state = await there.getState();
        if (state === 'completed') return endOf(there);
        if (state === 'failed') return whyFailed(there.failedReason);
      }
      await this.#tell();
      await sleep(LOOK_EVERY, undefined, { ...(signal !== undefined && { signal }) }).catch(() => undefined);
    }
  }

  /** If the store was emptied, its jobs are gone: queue them again. */
  async #again(id: string): Promise<void> {
    const envelope = [...this.#known.values()].find((each) => each.id === id)!;
    this.#params.warn(`${jobLabel(envelope.job)}: no longer in the queue; queued again.`);
    for (const folder of envelope.folders) await send(this.#redis, this.#params.address.prefix, folder);
    await this.#queue.add(envelope.job.kind, { job: envelope.job }, { ...OPTIONS, jobId: id });
  }

  /** Reports the state of all jobs. */
  async #tell(): Promise<void> {
    const now = performance.now();
    if (now - this.#told < TELL_EVERY) return;
    this.#told = now;
    const [workers, active] = await Promise.all([this.#queue.getWorkersCount(), this.#queue.getActive(0, 99)]);
    this.#heedLoneliness(workers, now);
    const said = active.flatMap(({ id, progress }) => {
      const { data } = progressWords.safeParse(progress);
      return data?.unit === 'texts' || data?.unit === 'sentences' ? [{ job: id!, ...data }] : [];
    });
    const rate = this.#rate.update(said, now);
    const texts = said.map(({ label, done, total }) => `${label} ${done}${total === undefined ? '' : ` of ${total}`}`);
    const items = said.every(({ unit }) => unit === 'sentences') ? 'sentences' : 'texts';
    const words = [
      `${active.length} running on ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
      ...(rate === undefined ? [] : [`${Math.round(rate).toLocaleString('en-US')} ${items}/s`]),
      ...texts.slice(0, 2),
    ];
    this.#task?.update(this.#done, words.join('; '));
  }

  #heedLoneliness(workers: number, now: number): void {
    if (workers > 0) {
      this.#lonely = undefined;
      return;
    }
    this.#lonely ??= { since: now, said: false };
    if (this.#lonely.said || now - this.#lonely.since < LONELY) return;
    this.#lonely.said = true;
    const { shown: at, prefix } = this.#params.address;
    const where = `${at}${prefix === DEFAULT_PREFIX ? '' : `, ${option('queuePrefix')} ${prefix}`}`;
    this.#params.warn(`No worker is running for ${where}: start \`bench worker\` with the same ${option('queue')}.`);
  }
}

const progressWords = z.object({ label: z.string().max(200), done: z.number(), total: z.number().optional(), unit: z.string() });

function endOf({ returnvalue, id }: QueueJob): QueuedEnd | string {
  const { success, data, error } = queuedEnd.safeParse(returnvalue);
  if (success) return data as QueuedEnd;
  const [issue] = error.issues;
  return `The queue returned an invalid result for job ${id!.slice(0, 12)}: ${shown(`${issue!.path.join('.')}: ${issue!.message}`)}.`;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}

/** A result that has the job's rows, and no others. Throws FORMAT. */
function checked(result: JobResult, job: Job): JobResult {
  const strange = (what: string): HarnessError => new HarnessError('FORMAT', { where: jobLabel(job), what: `The queue returned ${what}.` });
  if (job.kind === 'score' || job.kind === 'concat') {
    const wanted = new Set(job.vectors.flatMap(({ rows }) => rows.map(resultKey)));
    if (result.cells.some(({ row }) => !wanted.has(resultKey(row)))) throw strange('rows that were not requested');
  }
  const [names, own] = [job.encoders.map(({ name }) => name), result.cells.map(({ row }) => row)];
  // A training job has rows of the frozen encoder, too.
  const isOfTraining = ({ encoder, dataset, objective, seed }: Row): boolean =>
    names.includes(encoder) &&
    dataset === job.dataset.name &&
    (objective === '' || (job.kind === 'train' && objective === job.objective && seed === String(job.seed)));
  if (job.kind === 'train' && !own.every(isOfTraining)) throw strange('rows of another training');
  if (job.kind === 'estimate' && result.estimate === undefined) throw strange('no estimate');
  if (job.kind === 'map' && result.map === undefined) throw strange('no map');
  return result;
}

/** A job that no worker could run becomes a dash with its reason. Throws if a job has no row for that. */
function lost(job: Job, why: string): JobResult {
  if (job.kind !== 'score' && job.kind !== 'concat') throw new HarnessError('TRAINING', { where: jobLabel(job), what: why });
  const prompt = promptWord(job.opening.prompt);
  const failures: Failure[] = [...new Set(job.vectors.map(({ encoder }) => encoder))].map((encoder) => ({
    encoder,
    dataset: job.vectors[0]!.rows[0]!.dataset,
    ...(prompt !== undefined && { prompt }),
    reason: why,
  }));
  return { job: job.id, truths: {}, cells: [], curve: [], failures, timings: [] };
}

/** Whether a concatenation reads what a job stores. */
function isMember(member: Job, concat: Job): boolean {
  return textsKey(member) === textsKey(concat);
}

/** Identifies texts and prompt. */
function textsKey({ dataset, opening, reading }: Job): string {
  return JSON.stringify([dataset, opening, reading]);
}

/** Stops waiting when the signal aborts: a queue that does not answer must not block. */
async function aborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop: (() => void) | undefined;
  const end = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, end]);
  } catch (error) {
    throw error === signal.reason ? error : new HarnessError('SOURCE', { what: reason(error) }, { cause: error });
  } finally {
    signal.removeEventListener('abort', stop!);
  }
}

/** Vectors of epochs stay where a training is run, whatever the host keeps. */
function leavesFiles(job: Job): boolean {
  return job.kind === 'train' && job.choice.vectorsAt.length > 0;
}

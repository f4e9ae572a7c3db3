import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { quantile } from '../src/statistics/quantile.ts';
import { formatTable } from '../src/report/text-table.ts';
import { startBench } from '../test/bench/bench.ts';
import { TestRedis } from '../test/redis.ts';
import { bertFolder } from './weights.ts';

/** Number of jobs without work. */
const EMPTY = 5000;
/** Texts of the grid's datasets, at most, unless another number is given: a job takes seconds. */
const TEXTS = 600;
/** One process and one worker, in turns. */
const ROUNDS = 3;

/**
 * Overhead of the queue: jobs per second without any work, and a grid of 24 jobs by one process, and by 1, 2 and 4 workers on this machine;
 * of one process and one worker the medians of three times, in turns.
 * `npm run perf -- queue [empty|grid [TEXTS]]`; EMBEDDING_BENCH_DATA names a mirror of data that the datasets' hosts do not provide.
 */
export async function bench([word, texts = String(TEXTS)]: readonly string[]): Promise<void> {
  const redis = await TestRedis.start();
  try {
    if (word !== 'grid') await emptyJobs(redis);
    if (word !== 'empty') await grid(redis, texts);
  } finally {
    await redis.end();
  }
}

/** Sizes of jobs and results of two vectors of 1000 texts. */
const JOB = 'x'.repeat(6000);
const RESULT = 'x'.repeat(12_000);

/** Seconds per job of each of its steps, without work. */
export interface QueueCosts {
  readonly added: number;
  readonly done: number;
  readonly collected: number;
}

/** Measures jobs without work, with four workers in this process. */
export async function emptyJobs(redis: TestRedis): Promise<QueueCosts> {
  const { port } = new URL(redis.url);
  const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };
  const queue = new Queue('empty', { connection });
  const names = Array.from({ length: EMPTY }, (_, i) => `job-${i}`);
  const seconds = { added: 0, done: 0, collected: 0 };
  let begun = performance.now();
  for (let from = 0; from < EMPTY; from += 500) {
    await queue.addBulk(names.slice(from, from + 500).map((jobId) => ({ name: 'empty', data: { JOB }, opts: { jobId } })));
  }
  seconds.added = (performance.now() - begun) / 1000;
  begun = performance.now();
  const workers = Array.from({ length: 4 }, () => new Worker('empty', async () => ({ RESULT }), { connection, concurrency: 1 }));
  while ((await queue.getCompletedCount()) < EMPTY) await new Promise((resolve) => setTimeout(resolve, 20));
  seconds.done = (performance.now() - begun) / 1000;
  begun = performance.now();
  for (const name of names) await queue.getJob(name);
  seconds.collected = (performance.now() - begun) / 1000;
  const client = new Redis(connection);
  const [, bytes = '0'] = /used_memory:(\d+)/.exec(await client.info('memory')) ?? [];
  client.disconnect();
  const rows = Object.entries(seconds).map(([what, took]) => [
    what,
    took.toFixed(2),
    (EMPTY / took).toFixed(0),
    ((1000 * took) / EMPTY).toFixed(3),
  ]);
  console.log(
    `\n${EMPTY} jobs without work, ${JOB.length} bytes each, results of ${RESULT.length}; ${(Number(bytes) / EMPTY / 1000).toFixed(1)} kB of the Redis a job.`,
  );
  console.log(formatTable({ head: ['', 'Seconds', 'Jobs/s', 'ms a job'], rows, names: 1, ruled: false, width: 80 }).text);
  await Promise.all(workers.map((worker) => worker.close()));
  await queue.close();
  return { added: seconds.added / EMPTY, done: seconds.done / EMPTY, collected: seconds.collected / EMPTY };
}

/** Three encoders, eight datasets. */
async function grid(redis: TestRedis, texts: string): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'perf-queue-'));
  try {
    const encoders = ['paraphrase-MiniLM-L3-v2', 'all-MiniLM-L6-v2', 'bge-small-en-v1.5'] as const;
    const datasets = ['trec6', 'snips', 'sst-binary', 'sms-spam', 'cooking', 'sentiment-amazon', 'sentiment-imdb', 'sentiment-yelp'];
    const models = encoders.flatMap((name) => ['--model', `${name}=${bertFolder(name)}`]);
    const mirror = process.env['EMBEDDING_BENCH_DATA'];
    const mirrored = mirror === undefined ? [] : ['--mirror', mirror];
    const asked = ['run', ...models, '--datasets', datasets.join(','), '--pooling', 'mean', '--quiet', ...mirrored];
    const warm = path.join(root, 'cache');
    // Each has its own cache, with data and without vectors.
    const cacheOf = (name: string): string => {
      const cache = path.join(root, `cache-${name}`);
      cpSync(warm, cache, { recursive: true, filter: (place) => path.basename(place) !== 'vectors' });
      return cache;
    };
    const ours = async (name: string, flags: readonly string[], cache = cacheOf(name)): Promise<number> => {
      const begun = performance.now();
      const { status, err } = await startBench([...asked, '--limit', texts, '--out', path.join(root, name), ...flags], {
        cache,
        online: true,
      }).ended;
      if (status !== 0) throw new Error(err);
      return (performance.now() - begun) / 1000;
    };
    const byWorkers = async (count: number, round: string): Promise<number> => {
      const name = `by-${count}-${round}`;
      const workers = Array.from({ length: count }, (_, i) =>
        startBench(['worker', '--queue', redis.url, '--queue-prefix', name, '--threads', '1', ...mirrored], {
          cache: cacheOf(`${name}-${i}`),
          online: true,
        }),
      );
      await Promise.all(workers.map(({ says }) => says(/takes jobs from/)));
      const seconds = await ours(name, ['--queue', redis.url, '--queue-prefix', name]);
      for (const worker of workers) worker.kill('SIGKILL');
      await Promise.all(workers.map(({ ended }) => ended));
      const [whole, found] = ['one-0', name].map((each) => readFileSync(path.join(root, each, 'results.csv'), 'utf8'));
      if (whole !== found) throw new Error(`${count} workers come to other results.`);
      return seconds;
    };
    await ours('warm', ['--threads', '2'], warm);
    // A machine is not always as fast: what is compared closely is measured in turns.
    const turns: { readonly one: number; readonly worker: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      turns.push({ one: await ours(`one-${round}`, ['--threads', '1']), worker: await byWorkers(1, String(round)) });
    }
    const times: (readonly [string, number])[] = [
      ['one process, 1 thread', median(turns.map(({ one }) => one))],
      ['1 worker, 1 thread', median(turns.map(({ worker }) => worker))],
    ];
    for (const count of [2, 4]) times.push([`${count} workers, 1 thread each`, await byWorkers(count, '0')]);
    console.log(
      `\nIn turns, one process and one worker: ${turns.map(({ one, worker }) => `${one.toFixed(1)}, ${worker.toFixed(1)} s`).join('; ')}.`,
    );
    const rows = times.map(([name, seconds]) => [name, seconds.toFixed(1), (seconds / times[0]![1]).toFixed(2)]);
    console.log(
      `\n${encoders.length * datasets.length} jobs: ${encoders.length} encoders on ${datasets.length} datasets of at most ${texts} texts.`,
    );
    console.log(formatTable({ head: ['', 'Seconds', 'Of one process'], rows, names: 1, ruled: false, width: 80 }).text);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).toSorted(), 0.5);
}

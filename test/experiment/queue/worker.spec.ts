import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Queue } from 'bullmq';
import { jobsQueue, queueAddress, queueVersion } from '../../../src/experiment/queue/address.ts';
import { envelopeId, Packing } from '../../../src/experiment/queue/envelope.ts';
import { connect, redisOptions } from '../../../src/experiment/queue/connection.ts';
import { QueueExecutor } from '../../../src/experiment/queue/queue-executor.ts';
import { QueueWorker, type WorkerEvent } from '../../../src/experiment/queue/worker.ts';
import type { Host } from '../../../src/experiment/host.ts';
import type { Job, JobResult } from '../../../src/experiment/job.ts';
import { SILENT } from '../../../src/progress.ts';
import type { Device } from '../../../src/devices/device.ts';
import { noRedis, TestRedis } from '../../redis.ts';
import { temporaryFolder } from '../../temporary.ts';
import { plannedJobs } from './planned-jobs.ts';

const skip = noRedis;
const MB = 1e6;

interface Started {
  readonly worker: QueueWorker;
  readonly events: WorkerEvent[];
  readonly cacheDir: string;
}

async function startWorker(
  url: string,
  more: { readonly version?: string; readonly name?: string; readonly device?: Device } = {},
): Promise<Started> {
  const events: WorkerEvent[] = [];
  const cacheDir = temporaryFolder();
  const worker = await QueueWorker.start({
    address: queueAddress({ url }),
    host: { cacheDir, offline: true, mirrors: [], threads: 1, tokenBudget: 512 },
    concurrency: 1,
    sendLimit: 10 * MB,
    lockMs: 2000,
    onEvent: (event) => void events.push(event),
    ...more,
  });
  return { worker, events, cacheDir };
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('It did not come so within 30 s.');
}

/** What anybody with access to a Redis can put there, and the worker's error. */
function hostileJobs(job: Job): readonly (readonly [string, unknown, RegExp])[] {
  const ref = job.encoders[0]! as Extract<Job['encoders'][number], { kind: 'folder' }>;
  const withEncoder = (encoder: object): unknown => ({ job: { ...job, encoders: [{ ...ref, ...encoder }] } });
  return [
    ['nothing', undefined, /Invalid job/],
    ['a text', 'rm -rf', /Invalid job/],
    ['another shape', { job: { kind: 'score' } }, /Invalid job/],
    ['a kind that is none', { job: { ...job, kind: 'eval' } }, /Invalid job/],
    ['code beside a job', { job, code: 'process.exit()' }, /Invalid job/],
    ['code in a job', { job: { ...job, onCells: 'process.exit()' } }, /Invalid job/],
    ['a folder of the machine', withEncoder({ folder: '/etc' }), /Invalid job.*encoders\.0\.folder/],
    ['a path out of what was sent', withEncoder({ onnx: '../../x/model.onnx' }), /Invalid job.*onnx/],
    ['a file of the machine', { job: { ...job, dataset: { kind: 'file', name: 'x', file: '/etc/passwd' } } }, /Invalid job.*dataset\.file/],
    [
      'a file out of what was sent',
      { job: { ...job, dataset: { kind: 'file', name: 'x', file: `sent:${'0'.repeat(64)}/../../x` } } },
      /points outside|are not in/,
    ],
    [
      'a source that is a file',
      {
        job: {
          ...job,
          encoders: [
            {
              kind: 'entry',
              name: 'x',
              entry: { key: 'x', variants: [{ dtype: 'fp32', from: 'file:/etc', onnx: 'passwd', files: {} }], aliases: [] },
            },
          ],
        },
      },
      /Invalid job.*local file as source/,
    ],
    ['prototypes', JSON.parse('{"job":{"__proto__":{"kind":"score"}}}'), /Invalid job/],
    ['files that nobody sent', withEncoder({ folder: `sent:${'1'.repeat(64)}` }), /They are not in the queue’s store/],
    ['a number that is none', { job: { ...job, settings: { ...(job as { settings: object }).settings, seed: 'x' } } }, /Invalid job/],
  ];
}

/** The job's name, if it were valid. */
function idOf(data: unknown): string | undefined {
  try {
    return envelopeId((data as { readonly job: Job }).job);
  } catch {
    return undefined;
  }
}

test('worker: hostile jobs are refused in a line each, nothing is read or written, and the next job is done', { skip }, async () => {
  const redis = await TestRedis.start();
  const { worker, events, cacheDir } = await startWorker(redis.url);
  const address = queueAddress({ url: redis.url });
  const queue = new Queue(jobsQueue(queueVersion()), { connection: redisOptions(address), prefix: address.prefix });
  try {
    const { jobs } = await plannedJobs(temporaryFolder(), 'run');
    const { job } = await new Packing(10 * MB).pack(jobs[0]!);
    for (const [name, data, what] of hostileJobs(job)) {
      const id = idOf(data) ?? name;
      const added = await queue.add('score', data, { jobId: id.replaceAll(' ', '-') });
      await until(() => events.some((event) => (event.kind === 'failed' || event.kind === 'refused') && what.test(event.why)));
      assert.ok(!(await added.isCompleted()), name);
      events.length = 0;
    }
    // A result under the name of another job would be taken for that job's.
    await queue.add('score', { job }, { jobId: 'f'.repeat(64) });
    await until(() => events.some((event) => event.kind === 'failed' && /does not match its ID/.test(event.why)));
    assert.ok(!existsSync(path.join(cacheDir, 'sent')));
    const executor = await QueueExecutor.open({ address, sendLimit: 10 * MB, progress: SILENT, warn: () => undefined });
    await executor.announce(jobs.slice(0, 1));
    await until(() => events.some(({ kind }) => kind === 'did'));
    await executor.close();
  } finally {
    await worker.close({ now: true });
    await queue.close();
    await redis.end();
  }
});

test(
  'worker: files that are not what was sent are refused by all that are there, which is a dash; whoever asks again sends them',
  { skip },
  async () => {
    const redis = await TestRedis.start();
    const address = queueAddress({ url: redis.url });
    const { jobs } = await plannedJobs(temporaryFolder(), 'run');
    const job = jobs[0]!;
    const ask = async (spoil: boolean): Promise<JobResult> => {
      const executor = await QueueExecutor.open({ address, sendLimit: 10 * MB, progress: SILENT, warn: () => undefined });
      try {
        await executor.announce([job]);
        if (spoil) {
          const client = await connect(address, () => undefined);
          const [key] = (await client.keys(`${address.prefix}:file:*`)) as [string];
          await client.hset(key, '0', 'x'.repeat(Number(await client.hstrlen(key, '0'))));
          client.disconnect();
        }
        workers.push(
          await startWorker(redis.url, { name: `w${workers.length}` }),
          await startWorker(redis.url, { name: `w${workers.length + 1}` }),
        );
        return await executor.run(job, ASKING);
      } finally {
        await executor.close();
      }
    };
    const workers: Started[] = [];
    try {
      const spoilt = await ask(true);
      assert.match(spoilt.failures[0]!.reason, /^No worker can run it: .*They differ from those sent: \S+ has another sha256/);
      const mended = await ask(false);
      assert.deepEqual(mended.failures, []);
      assert.ok(mended.cells.length > 0);
    } finally {
      for (const { worker } of workers) await worker.close({ now: true });
      await redis.end();
    }
  },
);

test('worker: one of another version takes nothing, and says what waits for whom', { skip }, async () => {
  const redis = await TestRedis.start();
  const address = queueAddress({ url: redis.url });
  const { jobs } = await plannedJobs(temporaryFolder(), 'rank');
  const executor = await QueueExecutor.open({ address, sendLimit: 10 * MB, progress: SILENT, warn: () => undefined });
  await executor.announce(jobs);
  const { worker, events } = await startWorker(redis.url, { version: '0.0.1-runtime-1.0.0-protocol-1' });
  try {
    const lines = events.flatMap((event) => (event.kind === 'warning' ? [event.line] : []));
    assert.deepEqual(lines, [`2 jobs wait for workers of version ${queueVersion()}; this one is 0.0.1-runtime-1.0.0-protocol-1.`]);
    assert.ok(!events.some(({ kind }) => kind === 'took'));
  } finally {
    await executor.close();
    await worker.close({ now: true });
    await redis.end();
  }
});

/** A worker and whoever asks, with the jobs of a fine-tuning. */
async function withFinetuning(
  more: Parameters<typeof startWorker>[1],
  use: (
    parts: Omit<Started, 'worker'> & { readonly jobs: readonly Job[]; readonly executor: QueueExecutor; readonly queue: Queue },
  ) => Promise<void>,
): Promise<void> {
  const redis = await TestRedis.start();
  const { jobs } = await plannedJobs(temporaryFolder(), 'finetune');
  const { worker, ...started } = await startWorker(redis.url, more);
  const address = queueAddress({ url: redis.url });
  const executor = await QueueExecutor.open({ address, sendLimit: 10 * MB, progress: SILENT, warn: () => undefined });
  const queue = new Queue(jobsQueue(queueVersion()), { connection: redisOptions(address), prefix: address.prefix });
  try {
    await use({ jobs, executor, queue, ...started });
  } finally {
    await queue.close();
    await executor.close();
    await worker.close({ now: true });
    await redis.end();
  }
}

/** Nothing of it leaves files. */
const ASKING = { progress: SILENT, warn: () => undefined, files: { out: undefined, save: undefined, overwrite: false } } as unknown as Host;

test('queue: a training that leaves vectors of epochs stays with who asks: no worker gets it', { skip }, () =>
  withFinetuning({}, async ({ jobs, executor, events }) => {
    const [job] = jobs.flatMap((each) => (each.kind === 'train' ? [each] : []));
    await executor.announce([{ ...job!, choice: { ...job!.choice, vectorsAt: [0] } }]);
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
    assert.ok(!events.some(({ kind }) => kind === 'took'));
  }),
);

test('worker: one that is there for a device leaves jobs for another to others; where there are none it is said', { skip }, () =>
  withFinetuning({ device: 'webgpu' }, async ({ jobs, executor, events }) => {
    await executor.announce(jobs.slice(0, 1));
    await assert.rejects(
      executor.run(jobs[0]!, ASKING),
      /No worker can run it: It is for cpu, but \S+ serves webgpu; a worker without `device`, or with cpu, runs it\./,
    );
    assert.ok(events.some(({ kind }) => kind === 'refused'));
    assert.ok(!events.some(({ kind }) => kind === 'did'));
  }),
);

test('worker: a job for a device that a machine lacks is left to others, never run on the CPU', { skip }, () =>
  withFinetuning({}, async ({ jobs, executor, events }) => {
    const [job] = jobs.map((each) => ({ ...each, opening: { ...each.opening, device: 'dml' as const } }));
    await executor.announce([job!]);
    await assert.rejects(executor.run(job!, ASKING), /No worker can run it: .*dml is unavailable: backend not found\./);
    assert.ok(events.some(({ kind }) => kind === 'refused'));
    assert.ok(!events.some(({ kind }) => kind === 'did'));
  }),
);

test('worker: during a job it fetches the files of the next one, whatever that is', { skip }, () =>
  withFinetuning({}, async ({ jobs, executor, events, cacheDir, queue }) => {
    const [next] = (await plannedJobs(temporaryFolder(), 'map')).jobs;
    const trainings = jobs.filter(({ kind }) => kind === 'train');
    const took = (): number => events.filter(({ kind }) => kind === 'took').length;
    const folders = (): number => (existsSync(path.join(cacheDir, 'sent')) ? readdirSync(path.join(cacheDir, 'sent')).length : 0);
    await executor.announce([trainings[0]!, next!]);
    await until(() => folders() === 3);
    assert.equal(took(), 1, 'both encoders and the dataset are there before the second job is begun');
    await executor.run(next!, ASKING);
    await executor.announce([trainings[1]!]);
    await queue.add('score', { job: { ...next!, kind: 'eval' } }, { jobId: 'hostile' });
    await executor.run(trainings[1]!, ASKING);
    await until(() => events.some((event) => event.kind === 'failed' && /Invalid job/.test(event.why)));
    await executor.run(trainings[2]!, ASKING);
  }),
);

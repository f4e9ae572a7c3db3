import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { noRedis, TestRedis } from '../redis.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeCheckpoint, writeTexts } from './choose-inputs.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench, startBench, type Outcome, type Running } from './bench.ts';

/** Experiments whose jobs workers run, on a Redis started by the spec. */

const skip = noRedis;
const root = temporaryFolder();
const DATA = [60, 45].flatMap((texts, i) => ['--dataset', writeTexts(path.join(root, `texts-${i}.csv`), { texts })]);
const MODELS = [1, 2, 3].flatMap((seed) => ['--model', writeTinyEncoder(path.join(root, `tiny-${seed}`), { layers: seed, seed })]);
const checkpoint = writeCheckpoint(path.join(root, 'checkpoint'));

const RUN = ['run', ...MODELS, ...DATA, '--pooling', 'mean,cls,concat'];
const RANK = ['rank', ...MODELS, ...DATA];
/** Jobs that take long enough to be interrupted. */
const LONG = ['run', ...MODELS, '--dataset', writeTexts(path.join(root, 'texts-2.csv'), { texts: 6000 }), '--pooling', 'mean,concat'];
const FINETUNE = ['finetune', '--model', checkpoint, ...DATA, '--objective', 'classic,cea-all-negatives', '--seed', '1,2', '--epochs', '2'];

/** Screened, raced on a part, then on the full training set: as many jobs as the budget allows. */
const CHOOSE = [
  'choose',
  '--model',
  checkpoint,
  '--model',
  `other=${writeCheckpoint(path.join(root, 'other'))}`,
  '--dataset',
  writeTexts(path.join(root, 'texts-3.csv'), { texts: 400 }),
  '--budget-texts',
  '9000',
  '--epochs',
  '2',
];
const CHOSEN = 6;

/** Files of a results folder that no run changes. */
const SAME = ['results.csv', 'results.md', 'estimates.csv', 'training.csv', 'choose.csv', 'choose.json'];

function contentOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => SAME.includes(name) || name.startsWith('examples/'),
  );
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

const wholes = new Map<string, Promise<Record<string, string>>>();

/** The result of a single process. */
function alone(args: readonly string[]): Promise<Record<string, string>> {
  const key = args.join(' ');
  const known =
    wholes.get(key) ??
    (async () => {
      const out = path.join(temporaryFolder(), 'alone');
      const { status, err } = await bench([...args, '--out', out, '--threads', '1', '--quiet'], { cache: temporaryFolder() });
      assert.equal(status, 0, err);
      return contentOf(out);
    })();
  wholes.set(key, known);
  return known;
}

class Workers {
  readonly #url: string;
  readonly all: Running[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  async add(count: number, ...flags: readonly string[]): Promise<void> {
    const begun = Array.from({ length: count }, () =>
      startBench(['worker', '--queue', this.#url, '--threads', '1', '--lock-seconds', '2', ...flags], { cache: temporaryFolder() }),
    );
    this.all.push(...begun);
    await Promise.all(begun.map((worker) => worker.says(/takes jobs from/)));
  }

  /** Output of all of them. */
  get said(): string {
    return this.all.map(({ err }) => err()).join('');
  }

  async end(): Promise<void> {
    for (const worker of this.all) worker.kill('SIGKILL');
    await Promise.all(this.all.map(({ ended }) => ended));
  }
}

const counted = (text: string, what: RegExp): number => [...text.matchAll(new RegExp(what.source, 'gm'))].length;

async function through(url: string, args: readonly string[], out = path.join(temporaryFolder(), 'out')) {
  const outcome = await startBench([...args, '--queue', url, '--out', out, '--threads', '1'], { cache: temporaryFolder() }).ended;
  return { ...outcome, folder: out };
}

/** A Redis and workers started by the spec. */
async function withQueue(work: (redis: TestRedis, workers: Workers) => Promise<void>): Promise<void> {
  const redis = await TestRedis.start();
  const workers = new Workers(redis.url);
  try {
    await work(redis, workers);
  } finally {
    await workers.end();
    await redis.end();
  }
}

test('queue: four workers come to the bytes of one process, each job once', { skip }, (t) =>
  withQueue(async (redis, workers) => {
    await workers.add(4);
    for (const [name, args, jobs] of [
      ['run', RUN, 8],
      ['rank', RANK, 6],
      ['finetune', FINETUNE, 8],
      ['choose', CHOOSE, CHOSEN],
    ] as const) {
      await t.test(name, async () => {
        const before = counted(workers.said, /^Done: /);
        const { status, err, folder } = await through(redis.url, args);
        assert.equal(status, 0, err);
        assert.deepEqual(contentOf(folder), await alone(args));
        assert.equal(counted(workers.said, /^Done: /) - before, jobs, workers.said);
        const { workers: record } = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8')) as {
          workers: { jobs: number; machines: string[] };
        };
        assert.equal(record.jobs, jobs);
        assert.equal(record.machines.length, 1);
      });
    }
  }),
);

function plan(...flags: string[]): Promise<Outcome> {
  return bench([...FINETUNE, '--device', 'cuda', '--dry-run', ...flags], { cache: temporaryFolder() });
}

test('queue: a device that this machine lacks may be a worker’s; a model to be saved is trained here', async () => {
  const lacking = /^bench: --device: cuda is unavailable: /m;
  const here = await plan();
  assert.equal(here.status, 2);
  assert.match(here.err, lacking);
  const elsewhere = await plan('--queue', 'redis://127.0.0.1:1');
  assert.equal(elsewhere.status, 0, elsewhere.err);
  const saved = await plan('--queue', 'redis://127.0.0.1:1', '--save', path.join(root, 'saved'));
  assert.equal(saved.status, 2);
  assert.match(saved.err, lacking);
});

test('queue: workers that are killed amid their jobs lose none; others take them over', { skip }, () =>
  withQueue(async (redis, workers) => {
    await workers.add(2);
    const out = path.join(temporaryFolder(), 'out');
    const coordinator = startBench([...RUN, '--queue', redis.url, '--out', out, '--threads', '1'], { cache: temporaryFolder() });
    for (const worker of workers.all.slice()) {
      await worker.says(/^Begun: /m);
      worker.kill('SIGKILL');
    }
    await workers.add(2);
    const { status, err } = await coordinator.ended;
    assert.equal(status, 0, err);
    assert.deepEqual(contentOf(out), await alone(RUN));
  }),
);

test('queue: whoever asked is killed, and asks again; another asks for the same: each job is run once', { skip }, () =>
  withQueue(async (redis, workers) => {
    const first = startBench([...FINETUNE, '--queue', redis.url, '--out', path.join(temporaryFolder(), 'out')], {
      cache: temporaryFolder(),
    });
    await first.says(/No worker is running for redis:\/\/127\.0\.0\.1:\d+: start `bench worker` with the same --queue\./);
    first.kill('SIGKILL');
    await workers.add(2);
    await workers.all[0]!.says(/^Done: /m);
    const both = await Promise.all([through(redis.url, FINETUNE), through(redis.url, FINETUNE)]);
    for (const { status, err, folder } of both) {
      assert.equal(status, 0, err);
      assert.deepEqual(contentOf(folder), await alone(FINETUNE));
    }
    assert.equal(counted(workers.said, /^Done: /), 8, workers.said);
  }),
);

test('queue: a Redis that is killed and restarted continues with its data', { skip }, () =>
  withQueue(async (redis, workers) => {
    await workers.add(2);
    const out = path.join(temporaryFolder(), 'out');
    const coordinator = startBench([...RUN, '--queue', redis.url, '--out', out, '--threads', '1'], { cache: temporaryFolder() });
    await workers.all[0]!.says(/^Begun: /m);
    await redis.stop('SIGKILL');
    await coordinator.says(/does not answer; waiting for it/);
    await redis.start();
    const { status, err } = await coordinator.ended;
    assert.equal(status, 0, err);
    assert.match(err, /answers again/);
    assert.deepEqual(contentOf(out), await alone(RUN));
  }),
);

/** Ends a process, unless it has ended by itself. */
function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

test('queue: a job whose process is ended three times is a dash with its reason, and the others are done', { skip }, () =>
  withQueue(async (redis, workers) => {
    await workers.add(1);
    const [worker] = workers.all;
    const out = path.join(temporaryFolder(), 'out');
    const coordinator = startBench([...LONG, '--queue', redis.url, '--out', out, '--threads', '1'], { cache: temporaryFolder() });
    const state = { ended: false };
    const end = coordinator.ended.finally(() => (state.ended = true));
    while (!state.ended) {
      // Of a single job, whenever it runs.
      const last = worker!.err().trimEnd().split('\n').at(-1);
      if (last === 'Begun: score tiny-2 on texts-2') for (const child of childrenOf(worker!.pid)) killed(child);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { status, err, out: printed } = await end;
    assert.equal(status, 1, err);
    assert.match(printed, /tiny-2.*its process was ended by SIGKILL/);
    assert.equal(counted(worker!.err(), /^Failed: score tiny-2 on texts-2: its process was ended by SIGKILL/), 3);
    // Its concatenation failed too; all others exist.
    const { 'results.csv': got } = contentOf(out);
    const { 'results.csv': whole } = await alone(LONG);
    assert.deepEqual(
      got!.split('\n'),
      whole!.split('\n').filter((line) => !/^(tiny-2|concat-all),/.test(line)),
    );
  }),
);

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, , , parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/\(.*\)/, '()')
          .split(' ');
        return Number(parent) === pid ? [Number(name)] : [];
      } catch {
        return []; // it has ended
      }
    });
}

test(
  'queue: what cannot be sent, a Redis that is not there, and one that wants a password: a line each, nothing begun',
  { skip },
  async () => {
    const redis = await TestRedis.start({ password: 'hunter2' });
    const { port } = new URL(redis.url);
    try {
      for (const [url, flags, what] of [
        ['http://localhost', [], /^bench: --queue: It is not a Redis address\. Write redis:/],
        ['redis://localhost:1', [], /^bench: --queue: redis:\/\/localhost:1 does not answer \(.+\)\. Start Redis there/],
        [redis.url, [], /^bench: --queue: redis:\/\/127\.0\.0\.1:\d+ denies access\. Give user and password/],
        [`redis://:wrong@127.0.0.1:${port}`, [], /^bench: --queue: redis:\/\/127\.0\.0\.1:\d+ denies access\./],
        [
          `redis://:hunter2@127.0.0.1:${port}`,
          ['--send-limit', '0'],
          /^bench: tiny-1: Workers cannot access this machine's disk, and its 0\.0 MB exceed the limit of 0\.0 MB for sending\. .* raise --send-limit\.$/m,
        ],
        [`redis://:hunter2@127.0.0.1:${port}/0?x=1`, [], /^bench: --queue: It has text after the database number that would be ignored\./],
      ] as const) {
        const out = path.join(temporaryFolder(), 'out');
        const { status, err } = await bench([...RUN, '--queue', url, '--out', out, '--quiet', ...flags], { cache: temporaryFolder() });
        assert.equal(status, 2, err);
        assert.match(err, what);
        assert.doesNotMatch(err, /hunter2|wrong@/);
      }
    } finally {
      await redis.end();
    }
  },
);

test('queue: a password is in no result, job, line or table', { skip }, async () => {
  const redis = await TestRedis.start({ password: 'hunter2' });
  const withPassword = redis.url.replace('//', '//:hunter2@');
  const workers = new Workers(withPassword);
  try {
    await workers.add(1);
    const { status, err, out, folder } = await through(withPassword, RANK);
    assert.equal(status, 0, err);
    const listed = await bench(['queue', '--queue', withPassword], { cache: temporaryFolder() });
    assert.match(listed.out, /1 +0 +0 +6 +0/);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name));
    const all = [err, out, workers.said, listed.out, ...files.map((name) => readFileSync(path.join(folder, name), 'utf8'))];
    for (const text of all) assert.doesNotMatch(text, /hunter2/);
  } finally {
    await workers.end();
    await redis.end();
  }
});

test(
  'queue: what waits is listed and taken away, then all of a project and nothing of another; a word that is none is said',
  { skip },
  () =>
    withQueue(async (redis) => {
      const ask = async (...words: readonly string[]) => bench(['queue', ...words, '--queue', redis.url], { cache: temporaryFolder() });
      const announced = async (prefix: string): Promise<void> => {
        const out = path.join(temporaryFolder(), 'out');
        const first = startBench([...RANK, '--queue', redis.url, '--queue-prefix', prefix, '--out', out], { cache: temporaryFolder() });
        await first.says(/No worker is running for/);
        first.kill('SIGKILL');
        await first.ended;
      };
      await announced('embedding-bench');
      await announced('other');
      assert.match((await ask()).out, / 0 +6 +0 +0 +0\n/);
      assert.equal((await ask('drain')).out, '6 jobs removed that had not started.\n');
      assert.match((await ask('list')).out, / 0 +0 +0 +0 +0\n/);
      assert.match((await ask('clear')).out, /^Removed everything of embedding-bench from redis:/);
      assert.match((await ask('list', '--queue-prefix', 'other')).out, / 0 +6 +0 +0 +0\n/);
      const wrong = await ask('drian');
      assert.deepEqual(
        [wrong.status, wrong.err],
        [2, 'bench: bench queue: It does not know "drian". Did you mean "drain"? It takes list, drain, clear.\n'],
      );
    }),
);

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { formatTable } from '../../src/report/text-table.ts';
import { startBench, type Running } from '../bench/bench.ts';
import { writeCheckpoint, writeTexts } from '../bench/choose-inputs.ts';
import { TestRedis } from '../redis.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

/** What is killed, and how often. */
interface Kills {
  worker: number;
  redis: number;
  coordinator: number;
}

/** Number of workers. */
const WORKERS = 3;
/** Experiments that were requested again because a job had failed. */
const MOST_DASHES = 5;
/** Longest time between two kills, in milliseconds. */
const BETWEEN = 1500;

/**
 * Experiments on a queue, one after the other, until workers, the Redis and coordinators were killed often enough, at random moments: every
 * result equals that of one process to the byte, and each job is counted once. Returns the exit status.
 */
export async function soakQueue([workers = 50, redis = 5, coordinators = 5, seed = 1]: readonly number[]): Promise<number> {
  const root = mkdtempSync(path.join(tmpdir(), 'soak-queue-'));
  const started = performance.now();
  const soak = new QueueSoak(root, { worker: workers, redis, coordinator: coordinators }, seed);
  try {
    await soak.run();
    const rows = Object.entries(soak.killed).map(([what, times]) => [what, String(times)]);
    console.log(formatTable({ head: ['Killed with -9', 'Times'], rows, names: 1, ruled: false, width: 80 }).text);
    const outcome =
      soak.findings.length === 0 ? 'every result is the same, to the byte, and each job counts once' : soak.findings.join('\n');
    if (soak.dashes > 0) console.log(`${soak.dashes} times a job had lost three workers, and was asked for again.`);
    console.log(
      `${soak.runs} experiments of ${soak.jobs} jobs, seed ${seed}: ${outcome} (${((performance.now() - started) / 1000).toFixed(0)} s)`,
    );
    return soak.findings.length === 0 ? 0 : 1;
  } finally {
    await soak.close();
    rmSync(root, { recursive: true, force: true });
  }
}

class QueueSoak {
  readonly killed: Kills = { worker: 0, redis: 0, coordinator: 0 };
  readonly findings: string[] = [];
  runs = 0;
  dashes = 0;
  jobs = 0;
  readonly #root: string;
  readonly #wanted: Kills;
  readonly #random: () => number;
  readonly #workers: Running[] = [];
  #redis: TestRedis | undefined;
  #coordinator: Running | undefined;

  constructor(root: string, wanted: Kills, seed: number) {
    const generator = xoroshiro128plus(seed);
    this.#root = root;
    this.#wanted = wanted;
    this.#random = () => (generator.next() >>> 0) / 2 ** 32;
  }

  async run(): Promise<void> {
    const kinds = this.#experiments();
    const wholes = [];
    for (const [i, { args }] of kinds.entries()) {
      const out = path.join(this.#root, `whole-${i}`);
      const { status, err } = await startBench([...args, '--out', out, '--threads', '1', '--quiet'], {
        cache: path.join(this.#root, `c${i}`),
      }).ended;
      if (status !== 0) throw new Error(err);
      wholes.push(contentOf(out));
    }
    this.#redis = await TestRedis.start();
    for (let i = 0; i < WORKERS; i++) await this.#startWorker();
    const killer = this.#kill();
    while (!this.#isDone()) {
      const at = Math.floor(this.#random() * kinds.length);
      await this.#ask(kinds[at]!, wholes[at]!);
    }
    await killer;
  }

  async close(): Promise<void> {
    for (const each of [...this.#workers, this.#coordinator]) each?.kill('SIGKILL');
    await this.#redis?.end();
  }

  #isDone(): boolean {
    return (Object.keys(this.#wanted) as (keyof Kills)[]).every((what) => this.killed[what] >= this.#wanted[what]);
  }

  async #ask({ args, jobs }: Experiment, whole: Readonly<Record<string, string>>): Promise<void> {
    const out = path.join(this.#root, `run-${this.runs++}`);
    // A new queue and cache: earlier results are not reused.
    const asked = [...args, '--queue', this.#redis!.url, '--queue-prefix', `soak-${this.runs}`, '--out', out, '--threads', '1'];
    for (const worker of this.#workers.splice(0)) worker.kill('SIGKILL');
    for (let i = 0; i < WORKERS; i++) await this.#startWorker();
    for (;;) {
      this.#coordinator = startBench(asked, { cache: path.join(this.#root, `asks-${this.runs}`) });
      const { status, err } = await this.#coordinator.ended;
      // Killed; or started while the Redis was down, which is reported in a line: it is requested again, as a user would.
      if (status === null || (status === 2 && /^bench: --queue: \S+ does not answer/m.test(err))) continue;
      if (status === 0) break;
      // Three workers were killed during the same job, which counts as failed: requested again it is done.
      if (status === 1 && this.dashes < MOST_DASHES) {
        this.dashes++;
        continue;
      }
      this.findings.push(`run ${this.runs}: status ${status}: ${err.split('\n').slice(-3).join(' ')}`);
      return;
    }
    this.#coordinator = undefined;
    const found = contentOf(out);
    for (const [name, text] of Object.entries(whole)) if (found[name] !== text) this.findings.push(`run ${this.runs}: ${name} differs`);
    const { workers } = JSON.parse(readFileSync(path.join(out, 'run.json'), 'utf8')) as { workers: { jobs: number } };
    // Rows that were kept before the coordinator was killed are not requested again.
    if (workers.jobs > jobs) this.findings.push(`run ${this.runs}: ${workers.jobs} jobs count, not ${jobs}`);
    this.jobs += jobs;
    rmSync(out, { recursive: true });
    process.stderr.write(`${this.runs} experiments, killed: ${JSON.stringify(this.killed)}\n`);
  }

  async #kill(): Promise<void> {
    while (!this.#isDone()) {
      await sleep(this.#random() * BETWEEN);
      const left = (Object.keys(this.#wanted) as (keyof Kills)[]).filter((what) => this.killed[what] < this.#wanted[what]);
      // Chosen in proportion to the remaining kills of each.
      const what = left.flatMap((each) => Array.from({ length: this.#wanted[each] - this.killed[each] }, () => each))[
        Math.floor(this.#random() * left.reduce((sum, each) => sum + this.#wanted[each] - this.killed[each], 0))
      ];
      if (what === 'worker' && this.#workers.length > 0 && this.#coordinator !== undefined) {
        const [worker] = this.#workers.splice(Math.floor(this.#random() * this.#workers.length), 1);
        worker!.kill('SIGKILL');
        this.killed.worker++;
        await this.#startWorker();
      } else if (what === 'coordinator' && this.#coordinator !== undefined) {
        this.#coordinator.kill('SIGKILL');
        this.killed.coordinator++;
      } else if (what === 'redis' && this.#coordinator !== undefined) {
        await this.#redis!.stop('SIGKILL');
        this.killed.redis++;
        await sleep(this.#random() * 500);
        await this.#redis!.start();
      }
    }
  }

  async #startWorker(): Promise<void> {
    const prefix = `soak-${Math.max(1, this.runs)}`;
    const worker = startBench(['worker', '--queue', this.#redis!.url, '--queue-prefix', prefix, '--threads', '1', '--lock-seconds', '2'], {
      cache: path.join(this.#root, 'works'),
    });
    this.#workers.push(worker);
    await worker.says(/takes jobs from/).catch(() => undefined);
  }

  #experiments(): Experiment[] {
    const place = (name: string): string => path.join(this.#root, name);
    const data = writeTexts(place('texts.csv'), { texts: 1500 });
    const models = [1, 2, 3].flatMap((seed) => ['--model', writeTinyEncoder(place(`tiny-${seed}`), { layers: seed, seed })]);
    const checkpoint = ['--model', writeCheckpoint(place('checkpoint'))];
    return [
      { args: ['run', ...models, '--dataset', data, '--pooling', 'mean,cls,concat'], jobs: 4 },
      { args: ['rank', ...models, '--dataset', data], jobs: 3 },
      {
        args: ['finetune', ...checkpoint, '--dataset', data, '--objective', 'classic,cea-all-negatives', '--seed', '1,2', '--epochs', '2'],
        jobs: 4,
      },
    ];
  }
}

interface Experiment {
  readonly args: readonly string[];
  readonly jobs: number;
}

/** Files of a results folder that no run changes. */
function contentOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const same = names.filter(
    (name) => ['results.csv', 'results.md', 'estimates.csv', 'training.csv'].includes(name) || name.startsWith('examples/'),
  );
  return Object.fromEntries(same.toSorted().map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

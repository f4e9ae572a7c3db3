import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatTable } from '../src/report/text-table.ts';
import { ResultsFolder } from '../src/results/folder.ts';
import { scoredCell, type ScoredCell } from '../src/results/scored.ts';
import { TestRedis } from '../test/redis.ts';
import { row } from '../test/results/rows.ts';
import { emptyJobs, type QueueCosts } from './queue.ts';

/** Seconds per text of one worker on two cores: all-MiniLM-L6-v2 on titles of 10 tokens, embedded and searched among 10,000. */
const TEXT_SECONDS = 0.0012;
/** Seconds of a job in addition to its texts: a process that starts, opens encoder and dataset, and sends its result. */
const JOB_SECONDS = 1.5;

/** Grids: encoders x datasets with a number of texts, one job each. */
const GRIDS = [
  { encoders: 10, datasets: 100, texts: 10_000 },
  { encoders: 100, datasets: 1000, texts: 10_000 },
  { encoders: 100, datasets: 10, texts: 1_000_000 },
] as const;
const WORKERS = [1, 10, 100, 1000] as const;

/**
 * A model of the queue at sizes that no machine here has: the cost of a job to Redis and to the coordinator is measured, workers are
 * simulated. Arguments: seconds per text, seconds per job.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const [textSeconds = TEXT_SECONDS, jobSeconds = JOB_SECONDS] = words.map(Number);
  const redis = await TestRedis.start();
  let queue: QueueCosts;
  try {
    queue = await emptyJobs(redis);
  } finally {
    await redis.end();
  }
  const folder = await folderCosts();
  console.log(
    `\nResults written together: ${(1000 * folder.base).toFixed(1)} ms, ${(1000 * folder.perCell).toFixed(1)} each, ${(1000 * folder.perRow).toFixed(4)} ms for each row that is` +
      ` there, ${(1e9 * folder.perText).toFixed(1)} ns for each text of the dataset and encoder that is there.`,
  );
  const rows = GRIDS.flatMap((grid) =>
    WORKERS.map((workers) => {
      const { hours, busy, redisBusy, writing, limit } = simulate({ ...grid, workers, textSeconds, jobSeconds, queue, folder });
      const jobs = grid.encoders * grid.datasets;
      const name = `${grid.encoders} x ${grid.datasets} of ${grid.texts.toLocaleString('en-US')}`;
      return [
        name,
        jobs.toLocaleString('en-US'),
        String(workers),
        hours.toFixed(2),
        percent(busy),
        percent(redisBusy),
        percent(writing),
        limit,
      ];
    }),
  );
  const head = ['Encoders x datasets', 'Jobs', 'Workers', 'Hours', 'Workers busy', 'Redis', 'Writing', 'Limit'];
  console.log(`\n${textSeconds} s a text, ${jobSeconds} s a job.`);
  console.log(formatTable({ head, rows, names: 1, ruled: false, width: 120 }).text);
}

interface FolderCosts {
  readonly base: number;
  readonly perCell: number;
  readonly perRow: number;
  readonly perText: number;
}

/** Cost to the coordinator of writing one result, by the present size of the folder: results.csv and the dataset's texts are rewritten. */
async function folderCosts(): Promise<FolderCosts> {
  const few = await addedTo({ others: 10, texts: 100, encoders: 1 });
  const many = await addedTo({ others: 10, texts: 100, encoders: 1, together: 50 });
  const rows = await addedTo({ others: 5010, texts: 100, encoders: 1 });
  const texts = await addedTo({ others: 10, texts: 100_000, encoders: 10 });
  return {
    base: few,
    perCell: Math.max(0, many - few) / 49,
    perRow: Math.max(0, rows - few) / 5000,
    perText: Math.max(0, texts - few) / (10 * 100_000),
  };
}

interface Asked {
  readonly others: number;
  readonly texts: number;
  readonly encoders: number;
  /** Results written at once. */
  readonly together?: number | undefined;
}

/** Seconds of one more write in a folder with rows of other datasets, and other encoders on the dataset. */
async function addedTo({ others, texts, encoders, together = 1 }: Asked): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'perf-scale-'));
  mkdirSync(folder, { recursive: true });
  const results = await ResultsFolder.open({ folder, policy: 'same-inputs' });
  results.begin('plan');
  await results.add(Array.from({ length: others }, (_, i) => cellOf(`encoder-${i}`, 'other', 3)));
  await results.add(Array.from({ length: encoders }, (_, i) => cellOf(`encoder-${i}`, 'asked', texts)));
  const repeats = 5;
  const more = Array.from({ length: repeats * together }, (_, i) => cellOf(`more-${i}`, 'asked', texts));
  const begun = performance.now();
  for (let at = 0; at < more.length; at += together) await results.add(more.slice(at, at + together));
  const seconds = (performance.now() - begun) / 1000 / repeats;
  rmSync(folder, { recursive: true });
  return seconds;
}

function cellOf(encoder: string, dataset: string, texts: number): ScoredCell {
  const truth = Int32Array.from({ length: texts }, (_, i) => i % 3);
  const predicted = truth.map((label, i) => (i % 7 === 0 ? (label + 1) % 3 : label));
  return scoredCell({
    row: row({ encoder, dataset }),
    outcomes: { kind: 'single', truth, predicted, classes: 3 },
    classes: ['a', 'b', 'c'],
  });
}

interface Simulated {
  readonly encoders: number;
  readonly datasets: number;
  readonly texts: number;
  readonly workers: number;
  readonly textSeconds: number;
  readonly jobSeconds: number;
  readonly queue: QueueCosts;
  readonly folder: FolderCosts;
}

/**
 * Jobs in order: each goes through Redis (one thread), then to the worker that is free first, and its result through the coordinator
 * (sequentially, at a cost that grows with the folder). A job takes its mean duration, plus or minus up to a third, deterministically.
 */
function simulate({ encoders, datasets, texts, workers, textSeconds, jobSeconds, queue, folder }: Simulated) {
  const jobs = encoders * datasets;
  const free = new Float64Array(workers);
  let redisFree = jobs * queue.added;
  let [working, writing, written] = [0, 0, 0];
  const ends: { end: number; ofDataset: number }[] = [];
  for (let job = 0; job < jobs; job++) {
    let next = 0;
    for (let worker = 1; worker < workers; worker++) if (free[worker]! < free[next]!) next = worker;
    const begun = Math.max(free[next]!, redisFree);
    redisFree = begun + queue.done;
    const seconds = jobSeconds + texts * textSeconds * (1 + ((job * 7919) % 67) / 100 - 0.33);
    free[next] = redisFree + seconds;
    working += seconds;
    ends.push({ end: free[next]!, ofDataset: job % encoders });
  }
  ends.sort((a, b) => a.end - b.end);
  // All results that arrive during the last write, and nine times as long after it, are written together.
  for (let at = 0; at < jobs;) {
    const begun = Math.max(ends[at]!.end, written);
    let count = 1;
    while (at + count < jobs && ends[at + count]!.end <= begun) count++;
    const there = folder.perRow * at + folder.perText * texts * ends[at]!.ofDataset;
    const cost = count * (queue.collected + folder.perCell) + folder.base + there;
    const rest = at + count < jobs ? Math.max(1, 9 * cost) : 0;
    written = begun + cost + rest;
    writing += cost;
    at += count;
  }
  const worked = Math.max(...free);
  const all = Math.max(worked, written);
  const redisBusy = (jobs * (queue.added + queue.done + queue.collected)) / all;
  const limit =
    written > 1.1 * worked ? 'whoever asked' : redisBusy > 0.8 ? 'Redis' : working / (workers * worked) > 0.8 ? 'workers' : 'too few jobs';
  return { hours: all / 3600, busy: working / (workers * all), redisBusy, writing: writing / all, limit };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

import { readFileSync, writeFileSync } from 'node:fs';
import { OBJECTIVES } from '../src/training/objectives.ts';
import { DEFAULT_OBJECTIVE_OPTIONS } from '../src/training/options.ts';
import { TrainerCore } from '../src/training/trainer-core.ts';
import type { TrainingJob } from './training.ts';

/** Steps of a job in the training thread's code: their losses in a file; the fastest step, all steps and peak memory. */
const [jobFile, out] = process.argv.slice(2) as [string, string];
const job = JSON.parse(readFileSync(jobFile, 'utf8')) as TrainingJob;
const { folder, objective, classes, dropout, dense, threads, lr, clip } = job;
const began = performance.now();
const { core, opened } = await TrainerCore.open({
  files: { name: 'all-MiniLM-L6-v2', folder, onnx: undefined },
  spec: { token: 'mean', layers: [6], combine: 'one' },
  objective,
  objectiveOptions: DEFAULT_OBJECTIVE_OPTIONS,
  classes,
  seed: job.seed,
  freeze: [],
  weightDecay: 0.01,
  decayMatricesOnly: false,
  denseEmbeddings: dense,
  dropout,
  accumulate: 1,
  chunkTokens: Number.MAX_SAFE_INTEGER,
  padId: 0,
  threads,
  device: 'cpu',
});
const ready = (performance.now() - began) / 1000;
const labels = Int32Array.from(job.batches.flatMap((batch) => batch.labels));
const run = OBJECTIVES[objective].start({ width: opened.width, classes, options: DEFAULT_OBJECTIVE_OPTIONS, labels, seed: job.seed });
const losses: number[] = [];
const [seconds, processor]: [number[], number[]] = [[], []];
let row = 0;
for (const [i, { ids }] of job.batches.entries()) {
  const [started, used] = [performance.now(), process.cpuUsage()];
  const step = { epoch: 1, step: i, rows: ids.map(() => row++), batch: ids.length };
  const { loss } = await core.step({
    texts: ids.map((text) => ({ ids: Int32Array.from(text) })),
    feeds: run.feeds(step),
    step: i,
    update: { lr, clip },
  });
  const { user, system } = process.cpuUsage(used);
  losses.push(loss);
  seconds.push((performance.now() - started) / 1000);
  processor.push((user + system) / 1e6);
}
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
writeFileSync(out, JSON.stringify(losses));
console.log(
  `RESULT step=${Math.min(...seconds).toFixed(4)} step_cpu=${Math.min(...processor).toFixed(4)} all=${sum(seconds).toFixed(3)} all_cpu=${sum(processor).toFixed(3)} ready=${ready.toFixed(2)} peak_mb=${Math.round(process.resourceUsage().maxRSS / 1024)}`,
);

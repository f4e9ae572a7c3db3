import '../src/graph/telemetry.ts';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { defaultCacheDir, packageRoot } from '../src/home.ts';
import { cuts } from './study/cuts.ts';
import { datasetPart } from './study/datasets.ts';
import { STUDY_ENCODERS } from './study/encoders.ts';
import { studyJobs, sweepJobs, type StudyJob } from './study/jobs.ts';
import { realChoice } from './study/real.ts';
import { DATASETS, GRID, REAL, SAMPLE_SEED, SIZES, SWEEP } from './study/settings.ts';
import { studyReport } from './study/report/tables.ts';
import { readTrained } from './study/report/trained.ts';
import { settledBy, UNSETTLED } from './study/settle.ts';
import { identity, work, type WorkParams } from './study/work.ts';

/**
 * `npm run study`: what predicts which encoder is best after fine-tuning, and what a choice within a budget loses: real encoders from
 * package registries, trained on real datasets, with several seeds (docs/study.md). Resumes from results/study, so that a clone continues
 * from what is committed. Needs `mvn`, `pip` and the datasets. Arguments: `sweep` settles how each objective is trained; `tables` makes the
 * tables from the present results, without training; `plan` prints the whole plan; `real` makes a choice to compare with its replay; `cuts`
 * is the ladder of truncated encoders. Options: `--threads`; `--only FOLDER`, `--encoder NAME`, `--layer N`, `--seed N`, `--group N` (1:
 * short texts, 2: long ones) select a part.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '2' },
    only: { type: 'string' },
    encoder: { type: 'string' },
    layer: { type: 'string' },
    seed: { type: 'string' },
    group: { type: 'string' },
  },
});
const [word = 'grid', ...rest] = positionals;
const mirrors = [process.env['EMBEDDING_BENCH_DATA'] ?? path.join(packageRoot(), '..', 'shared', 'data')];
const cache = defaultCacheDir();
const params: WorkParams = {
  out: path.join(packageRoot(), 'results', 'study'),
  cache,
  threads: Number(values.threads),
  held: SIZES,
  weightsOf: (name) => STUDY_ENCODERS.find((encoder) => encoder.name === name)!.folder(),
  dataOf: (key, sizes, suffix) => datasetPart({ key, sizes, seed: SAMPLE_SEED, cache, mirrors, suffix }),
  say: (line) => console.error(line),
};
const settled = settledBy(await readTrained(path.join(params.out, 'sweep')), SWEEP);
const grid = { ...GRID, settled: settled ?? UNSETTLED };
const layerOf = (name: string): string => String(STUDY_ENCODERS.find((encoder) => encoder.name === name)!.layer);
const groupOf = (name: string): string => String(1 + DATASETS.findIndex((group) => (group as readonly string[]).includes(name)));
const seedOf = (job: StudyJob): string => (job.kind === 'train' ? String(job.seed) : '');
const jobs = (word === 'sweep' ? sweepJobs(SWEEP) : studyJobs(grid)).filter(
  (job) =>
    (values.only ?? job.folder) === job.folder &&
    (values.encoder ?? job.encoder) === job.encoder &&
    (values.layer ?? layerOf(job.encoder)) === layerOf(job.encoder) &&
    (values.seed ?? seedOf(job)) === seedOf(job) &&
    (values.group ?? groupOf(job.dataset)) === groupOf(job.dataset),
);
switch (word) {
  case 'sweep':
    await work(jobs, params);
    break;
  case 'grid':
    // Frozen encoders do not depend on the sweep.
    await work(settled === undefined ? jobs.filter(({ kind }) => kind === 'screen') : jobs, params);
    if (settled === undefined) throw new Error('How each objective is trained is not settled: npm run study -- sweep.');
    break;
  case 'plan':
    for (const job of jobs) console.log(Object.values(identity(job)).filter(Boolean).join(' '));
    break;
  case 'tables':
    await studyReport({ out: params.out, jobs: studyJobs(grid), grid, held: SIZES });
    break;
  case 'real':
    await realChoice({ ...REAL, ...grid.settled[REAL.objective] }, params);
    break;
  case 'cuts':
    await cuts(rest, mirrors);
    break;
  default:
    throw new Error(`There is no ${word}: sweep, tables, plan, real or cuts.`);
}

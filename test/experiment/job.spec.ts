import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DEFAULT_OPTIONS } from '../../src/encoders/families/family.ts';
import { OpenedInputs, type Host } from '../../src/experiment/host.ts';
import { jobOf, type EstimateJob, type Job, type JobResult, type MapJob, type TrainJob } from '../../src/experiment/job.ts';
import { JobStore } from '../../src/experiment/job-store.ts';
import { openAll } from '../../src/experiment/opening.ts';
import { inputsOf, planScores, without } from '../../src/experiment/plan-scores.ts';
import type { EncoderRef } from '../../src/experiment/refs.ts';
import { rankedOf, type RankedValue } from '../../src/experiment/ranked-value.ts';
import { runJob } from '../../src/experiment/run-job.ts';
import type { RankSettings, Settings } from '../../src/experiment/settings.ts';
import { forTraining } from '../../src/experiment/trained-inputs.ts';
import { Workspace, type Reading } from '../../src/experiment/workspace.ts';
import { packageRoot } from '../../src/home.ts';
import { HNSW_DEFAULTS } from '../../src/knn/types.ts';
import { SILENT } from '../../src/progress.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { shortTraining } from './training-choice.ts';

const root = temporaryFolder();
const encoders = [
  { name: 'one', layers: 2 },
  { name: 'two', layers: 3 },
].map(({ name, layers }): EncoderRef => {
  const folder = writeTinyEncoder(path.join(root, name), { layers, seed: layers });
  return { kind: 'folder', name, named: true, folder, onnx: path.join(folder, 'model.onnx'), firstLayers: undefined };
});
const file = path.join(root, 'data.csv');
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'quiz'];
const line = (i: number): string => `${words[i % 7]} ${words[(i * i) % 5]} ${words[(3 * i + 1) % 7]},${i % 2 === 0 ? 'even' : 'odd'}`;
writeFileSync(file, ['text,label', ...Array.from({ length: 40 }, (_, i) => line(i))].join('\n'));

const reading: Reading = { labels: 'first', limit: undefined, seed: 1, tables: {} };
const opening = { dtype: undefined, maxLength: undefined, options: DEFAULT_OPTIONS };
const settings: Settings = {
  poolings: ['mean', 'cls'],
  layers: 'last',
  layerMeans: ['0..L'],
  concatNorms: ['raw'],
  protocols: ['leave-one-out'],
  ks: [1, 3],
  metrics: ['euclidean'],
  votes: ['uniform'],
  index: 'exact',
  hnsw: HNSW_DEFAULTS,
  labels: 'first',
  limit: undefined,
  seed: 1,
  maxLength: undefined,
  dtype: undefined,
  threads: 1,
  tokenBudget: 1024,
};
const choice = shortTraining(1);

function hostIn(cacheDir: string): Host {
  const workspace = new Workspace({
    models: loadModels(undefined),
    datasets: loadDatasets(undefined),
    cacheDir,
    offline: true,
    mirrors: [],
    onDownload: () => undefined,
    onNote: () => undefined,
  });
  return {
    inputs: new OpenedInputs(workspace),
    workspace,
    threads: 1,
    tokenBudget: 1024,
    progress: SILENT,
    warn: () => undefined,
    files: { out: path.join(cacheDir, 'out'), save: undefined, overwrite: false },
  };
}

const ref = { kind: 'file', name: 'data', file } as const;
const host = hostIn(path.join(root, 'here'));
const opened = await openAll({
  inputs: host.inputs,
  reading,
  opening,
  encoderChoices: encoders,
  datasetChoices: [ref],
  settings,
  includes: () => true,
  warn: assert.fail,
  verbose: false,
  trained: false,
});
const { jobs, failures } = planScores({ ...opened, reading, opening, settings, trained: false, includes: () => true });

async function trainJob(): Promise<TrainJob> {
  const { encoder } = await host.inputs.trained(encoders[0]!, opening);
  const dataset = forTraining(await host.inputs.dataset(ref, reading), choice);
  return jobOf({
    kind: 'train' as const,
    encoders: [encoders[0]!],
    dataset: ref,
    reading,
    opening,
    inputs: inputsOf(dataset, [encoder]),
    pooling: 'mean' as const,
    objective: 'classic' as const,
    seed: 1,
    choice,
  });
}

const MAP = { pooling: 'mean', sample: 40, seed: 1, k: 3, threads: 1, tokenBudget: 1024 } as const;
const RANK: RankSettings = {
  estimators: ['knn', 'logme', 'centroid', 'linear-probe'],
  by: 'knn',
  poolings: ['mean'],
  layerMeans: ['0..L'],
  k: 3,
  seed: 1,
  threads: 1,
  tokenBudget: 1024,
  curveTexts: 30,
  curveEstimators: ['knn'],
};

/** Jobs of all kinds for one encoder and one dataset. */
async function otherJobs(): Promise<readonly [EstimateJob, MapJob]> {
  const encoder = await host.inputs.encoder(encoders[0]!, opening);
  const dataset = await host.inputs.dataset(ref, reading);
  const shared = { encoders: [encoders[0]!], dataset: ref, reading, opening, inputs: inputsOf(dataset, [encoder]) };
  return [
    jobOf({ kind: 'estimate' as const, ...shared, settings: RANK, samples: [38, 36] }),
    jobOf({ kind: 'map' as const, ...shared, method: 'umap' as const, settings: MAP }),
  ];
}

const unnamed = <T extends Job>({ id: _id, ...job }: T): Omit<T, 'id'> => job;

/** Without what differs between runs: times, and the memory of a process. */
function lasting({ timings: _timings, estimate, ...result }: JobResult): unknown {
  const value: unknown = JSON.parse(
    JSON.stringify({ ...result, estimate: estimate && { rows: estimate.rows, ranked: timeless(estimate.ranked) } }),
  );
  return value;
}

const timeless = ({ textMs: _text, timedTexts: _timed, tokensPerSecond: _tokens, memoryBytes: _memory, ...ranked }: RankedValue): unknown =>
  ranked;

function module(name: string): string {
  return JSON.stringify(path.join(packageRoot(), 'dist', 'src', ...name.split('/')));
}

/** The same in a process that only gets the job as JSON. */
function elsewhere(job: Job, cache: string): unknown {
  const code = `
    const [{ runJob }, { OpenedInputs }, { Workspace }, { SILENT }, { loadModels }, { loadDatasets }] = await Promise.all([${['experiment/run-job.js', 'experiment/host.js', 'experiment/workspace.js', 'progress.js', 'registry/models.js', 'registry/datasets.js'].map((name) => `import(${module(name)})`).join(', ')}]);
    const workspace = new Workspace({ models: loadModels(), datasets: loadDatasets(), cacheDir: ${JSON.stringify(cache)}, offline: true, mirrors: [], onDownload() {}, onNote() {} });
    const host = { inputs: new OpenedInputs(workspace), workspace, threads: 1, tokenBudget: 64, progress: SILENT, warn() {}, files: { out: ${JSON.stringify(path.join(cache, 'out'))}, save: undefined, overwrite: false } };
    console.log(JSON.stringify(await runJob(JSON.parse(process.env.JOB), host)));
    process.exit();`;
  mkdirSync(cache, { recursive: true });
  const script = path.join(cache, 'elsewhere.mjs');
  writeFileSync(script, code);
  return lasting(
    JSON.parse(
      execFileSync(process.execPath, [script], { encoding: 'utf8', env: { ...process.env, JOB: JSON.stringify(job) } }),
    ) as JobResult,
  );
}

test('plan: one job per encoder file and dataset, and one for the concatenation, with the expected rows', () => {
  assert.deepEqual(failures, []);
  assert.deepEqual(
    jobs.map(({ kind, vectors }) => [kind, vectors.length, vectors[0]!.rows.length]),
    [
      ['score', 2, 2],
      ['score', 2, 2],
      ['concat', 2, 2],
    ],
  );
  assert.equal(new Set(jobs.map(({ id }) => id)).size, 3);
});

test('plan: an id is of what decides the result, not of threads and batches', () => {
  const [job] = jobs;
  const { id: _id, ...rest } = job!;
  const again = (changed: Partial<Settings>): string => jobOf({ ...rest, settings: { ...rest.settings, ...changed } }).id;
  assert.equal(again({ threads: 7, tokenBudget: 9 }), job!.id);
  for (const changed of [{ ks: [5] }, { seed: 2 }, { votes: ['distance' as const] }]) assert.notEqual(again(changed), job!.id);
});

for (const [i, kind] of (['score', 'score', 'concat'] as const).entries()) {
  test(`job ${i} (${kind}): from JSON, in another process, the same bytes`, async () => {
    const result = await runJob(jobs[i]!, host);
    assert.equal(result.cells.length, 4);
    assert.deepEqual(elsewhere(jobs[i]!, path.join(root, `there-${i}`)), lasting(result));
  });
}

test('job (train): from JSON, in another process, the same bytes', async () => {
  const job = await trainJob();
  const result = await runJob(job, host);
  assert.deepEqual(
    result.cells.map(({ row }) => `${row.objective} ${row.split}`),
    [' train', ' dev', ' test', 'classic train', 'classic dev', 'classic test'],
  );
  assert.equal(result.curve.length, 2);
  assert.deepEqual(elsewhere(job, path.join(root, 'there-train')), lasting(result));
});

test('job (estimate): from JSON, in another process, the same bytes; its value is what was ranked', async () => {
  const [job] = await otherJobs();
  const result = await runJob(job, host);
  assert.deepEqual(
    result.estimate!.rows.map(({ estimator, layers, n }) => `${estimator} ${layers} ${n}`),
    ['knn last 36', 'logme last 36', 'centroid last 36', 'linear-probe last 36', 'knn 0 30', 'knn 1 30', 'knn 2 30'],
  );
  assert.deepEqual(elsewhere(job, path.join(root, 'there-estimate')), lasting(result));
  const { poolings } = rankedOf(JSON.parse(JSON.stringify(result.estimate!.ranked)) as RankedValue);
  const [knn, logme] = poolings[0]!.estimates;
  assert.ok(knn!.outcomes!.kind === 'single' && knn!.outcomes!.truth instanceof Int32Array && knn!.outcomes!.truth.length === 36);
  assert.deepEqual([Number.isFinite(logme!.score), logme!.outcomes], [true, undefined]);
});

test('job (map): from JSON, in another process, the same bytes', async () => {
  const [, job] = await otherJobs();
  const result = await runJob(job, host);
  const { layout, labels, classes, field, caption } = result.map!;
  assert.deepEqual([layout.length, labels.length, classes, field], [80, 40, ['even', 'odd'], 'label']);
  assert.match(caption, /^\d+\.\d\d$/);
  assert.deepEqual(elsewhere(job, path.join(root, 'there-map')), lasting(result));
});

test('job: of every kind the id is of what decides the result, and other inputs are refused', async () => {
  const [estimate, map] = await otherJobs();
  const train = await trainJob();
  const few = { threads: 7, tokenBudget: 9 };
  const ids: readonly (readonly [Job, Job, Job])[] = [
    [estimate, jobOf({ ...unnamed(estimate), settings: { ...RANK, ...few } }), jobOf({ ...unnamed(estimate), samples: [38] })],
    [map, jobOf({ ...unnamed(map), settings: { ...MAP, ...few } }), jobOf({ ...unnamed(map), method: 'tsne' as const })],
    [
      train,
      jobOf({
        ...unnamed(train),
        choice: { ...choice, trainer: { ...choice.trainer, threads: 7 }, neighbours: { ...choice.neighbours, threads: 7 } },
      }),
      jobOf({ ...unnamed(train), choice: { ...choice, trainer: { ...choice.trainer, weightDecay: 0.5 } } }),
    ],
  ];
  for (const [job, same, other] of ids) {
    assert.equal(same.id, job.id, job.kind);
    assert.notEqual(other.id, job.id, job.kind);
    for (const inputs of [{ data: 'of others' }, { encoders: [{ file: 'another', tokenizer: '' }] }]) {
      await assert.rejects(runJob({ ...job, inputs: { ...job.inputs, ...inputs } }, host), {
        code: 'DATA',
        message: /changed since the job was planned/,
      });
    }
  }
});

test('job: one that is over is found again, unless its file is damaged', async () => {
  const [estimate] = await otherJobs();
  const folder = path.join(root, 'jobs');
  const store = new JobStore(folder, assert.fail);
  assert.equal(await store.load(estimate), undefined);
  const result = await runJob(estimate, host);
  await store.save(estimate, result);
  assert.deepEqual(await store.load(estimate), JSON.parse(JSON.stringify(result)));
  assert.equal(await store.load({ ...estimate, id: '0'.repeat(16) }), undefined);
  const [name] = readdirSync(folder);
  const text = readFileSync(path.join(folder, name!), 'utf8');
  for (const damaged of ['', text.slice(0, -1), text.replace('"job"', '"jab"'), text.replace('\n', ''), '\n']) {
    writeFileSync(path.join(folder, name!), damaged);
    assert.equal(await store.load(estimate), undefined);
  }
});

test('job: other texts or files than it was planned for are refused', async () => {
  const [job] = jobs;
  const fails = (inputs: Partial<Job['inputs']>, message: RegExp) =>
    assert.rejects(runJob({ ...job!, inputs: { ...job!.inputs, ...inputs } }, host), message);
  await fails(
    { data: 'of others' },
    /^Error: data: Its texts or labels have changed since the job was planned\. Plan the experiment again\.$|data: Its texts or labels/,
  );
  await fails({ encoders: [{ file: 'another', tokenizer: '' }] }, /one: Its files have changed since the job was planned/);
});

test('job: vectors whose rows are there are left out', () => {
  const [job] = jobs;
  assert.deepEqual(
    without(job!, ({ pooling }) => pooling === 'mean')?.vectors.map(({ pooling }) => pooling),
    ['cls'],
  );
  assert.equal(
    without(job!, () => true),
    undefined,
  );
});

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { ExperimentHost } from '../../src/experiment/experiment-host.ts';
import { finetuneExperiment } from '../../src/experiment/finetune.ts';
import { OpenedInputs } from '../../src/experiment/host.ts';
import type { Job, JobResult } from '../../src/experiment/job.ts';
import { memoryKeeper } from '../../src/experiment/keeper.ts';
import { mapExperiment } from '../../src/experiment/map.ts';
import { plan } from '../../src/experiment/plan.ts';
import { rankExperiment } from '../../src/experiment/rank.ts';
import { parseRequest } from '../../src/experiment/read-request.ts';
import { experimentOf } from './experiment-of.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { runJob } from '../../src/experiment/run-job.ts';
import { Workspace } from '../../src/experiment/workspace.ts';
import { SILENT } from '../../src/progress.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

/** An experiment's results are those of its planned jobs, and no others: run one by one, as JSON, they are the same. */

const root = temporaryFolder();
const resources = { threads: 1, tokenBudget: 1024 };
const encoders = [2, 3].map((layers) => `e${layers}=${writeTinyEncoder(path.join(root, `e${layers}`), { layers, seed: layers })}`);
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'quiz'];
const line = (i: number): string => `${words[i % 7]} ${words[(i * i) % 5]} ${words[(3 * i + 1) % 7]},${i % 2 === 0 ? 'even' : 'odd'}`;
const datasets = ['first', 'second'].map((name, at) => {
  const file = path.join(root, `${name}.csv`);
  writeFileSync(file, ['text,label', ...Array.from({ length: 24 }, (_, i) => line(i + 50 * at))].join('\n'));
  return file;
});

let caches = 0;

function hostOf(shard?: ExperimentHost['shard']): ExperimentHost & { readonly keeper: ReturnType<typeof memoryKeeper> } {
  const workspace = new Workspace({
    models: loadModels(undefined),
    datasets: loadDatasets(undefined),
    cacheDir: path.join(root, `cache-${caches++}`),
    offline: true,
    mirrors: [],
    onDownload: () => undefined,
    onNote: () => undefined,
  });
  return {
    workspace,
    keeper: memoryKeeper(),
    resources,
    progress: SILENT,
    warn: () => undefined,
    onCheck: () => undefined,
    onPlanned: () => undefined,
    shard,
  };
}

async function jobResults(jobs: readonly Job[], { workspace, progress, warn }: ExperimentHost): Promise<JobResult[]> {
  const inputs = new OpenedInputs(workspace);
  const files = { out: undefined, save: undefined, overwrite: false };
  const results: JobResult[] = [];
  for (const job of jobs) {
    const copy = JSON.parse(JSON.stringify(job)) as Job;
    const result = await runJob(copy, { inputs, workspace, ...resources, progress, warn, files });
    results.push(JSON.parse(JSON.stringify(result)) as JobResult);
  }
  return results;
}

const sorted = (rows: readonly object[]): string[] => [...new Set(rows.map((row) => JSON.stringify(row)))].toSorted();

const REQUESTS = {
  run: { command: 'run', encoders, datasets, pooling: ['mean', 'concat'], k: [1, 3] },
  'run with trainings': {
    command: 'run',
    encoders,
    datasets: datasets.slice(1),
    pooling: ['cls'],
    k: [3],
    finetune: { objective: ['classic'], epochs: 1 },
  },
  rank: { command: 'rank', encoders, datasets, estimator: ['knn', 'logme'], k: 3 },
  finetune: {
    command: 'finetune',
    encoders: encoders.slice(1),
    datasets: datasets.slice(1),
    objective: ['classic'],
    epochs: 1,
    seed: [1, 2],
    k: 3,
  },
  map: { command: 'map', encoders, datasets, method: ['umap'], sample: 20, k: 3 },
} as const;

for (const [name, request] of Object.entries(REQUESTS)) {
  test(`plan: the jobs of ${name} come to all of its results, and to no others`, async () => {
    const host = hostOf();
    const experiment = experimentOf(parseRequest(request), host.workspace, resources);
    const jobs = await plan(experiment, host);
    assert.equal(new Set(jobs.map(({ id }) => id)).size, jobs.length);
    const results = await jobResults(jobs, host);
    const own = hostOf();
    switch (experiment.command) {
      case 'run': {
        const { rows, failures } = await runExperiment(experiment, own);
        assert.deepEqual(failures, []);
        assert.deepEqual(sorted(results.flatMap(({ cells }) => cells.map(({ row }) => row))), sorted(rows));
        break;
      }
      case 'finetune': {
        const { rows, failures } = await finetuneExperiment(experiment, own);
        assert.deepEqual(failures, []);
        assert.deepEqual(sorted(results.flatMap(({ cells }) => cells.map(({ row }) => row))), sorted(rows));
        break;
      }
      case 'rank': {
        const { estimates } = await rankExperiment(experiment, own);
        assert.deepEqual(sorted(results.flatMap(({ estimate }) => estimate!.rows)), sorted(estimates));
        break;
      }
      case 'map':
        assert.deepEqual(sorted(results.map(({ map }) => map!)), sorted(await mapExperiment(experiment, own)));
        break;
      case 'choose':
        assert.fail('A choice runs some of its jobs, and parts of them.');
        break;
      default:
        assert.fail(experiment satisfies never);
    }
  });
}

test('plan: shards have all jobs between them, each one once', async () => {
  for (const request of [REQUESTS.rank, REQUESTS.finetune, REQUESTS['run with trainings']]) {
    const whole = hostOf();
    const all = (await plan(experimentOf(parseRequest(request), whole.workspace, resources), whole)).map(({ id }) => id);
    const parts: string[] = [];
    for (const index of [1, 2, 3]) {
      const host = hostOf({ index, of: 3 });
      parts.push(...(await plan(experimentOf(parseRequest(request), host.workspace, resources), host)).map(({ id }) => id));
    }
    assert.deepEqual(parts.toSorted(), all.toSorted());
  }
});

test('plan: more texts than are ranked are sampled, and said; a limit is taken as it is', async () => {
  const file = path.join(root, 'many.csv');
  writeFileSync(file, ['text,label', ...Array.from({ length: 50_001 }, (_, i) => `${words[i % 7]} ${i},${i % 3}`)].join('\n'));
  for (const [limit, size] of [
    [undefined, 50_000],
    [30, 30],
    [50_001, 50_001],
  ] as const) {
    const said: string[] = [];
    const host = { ...hostOf(), warn: (text: string) => void said.push(text) };
    const request = parseRequest({
      command: 'rank',
      encoders: encoders.slice(1),
      datasets: [file],
      estimator: ['logme'],
      curves: false,
      limit,
    });
    const [job] = await plan(experimentOf(request, host.workspace, resources), host);
    assert.deepEqual((job as { samples?: number[] }).samples, [size]);
    const sampled =
      'many: ranked on a class-stratified sample of 50,000 of 50,001 texts, because some estimators compare all pairs; change it with `limit`.';
    assert.deepEqual(
      said.filter((text) => text.includes('ranked on')),
      limit === undefined ? [sampled] : [],
    );
  }
});

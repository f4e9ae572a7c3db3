import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { outline } from '../../src/experiment/outline/outline.ts';
import type { OutlinedWork } from '../../src/experiment/outline/outlined-work.ts';
import { parseRequest } from '../../src/experiment/read-request.ts';
import { resolveFinetune } from '../../src/experiment/resolve/resolve-finetune.ts';
import { resolveRank } from '../../src/experiment/resolve/resolve-rank.ts';
import { resolveRun } from '../../src/experiment/resolve/resolve-run.ts';
import type { Experiment } from '../../src/experiment/resolve/experiment.ts';
import type { Shard } from '../../src/experiment/shard.ts';
import { Workspace } from '../../src/experiment/workspace.ts';
import { finetune, rank, run } from '../../src/index.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { readRows } from '../../src/results/csv.ts';
import { readEstimates } from '../../src/results/estimates.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { tinyTokenizer, writeTinyEncoder } from '../tiny-encoder.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const ONE = writeTinyEncoder(path.join(root, 'one'), { layers: 2 });
const TWO = writeTinyEncoder(path.join(root, 'two'), { layers: 3, seed: 2 });
/** Its vocabulary only has rows for the letters up to h. */
const TRAINED = writeTinyCheckpoint(path.join(root, 'trained'));
writeFileSync(path.join(TRAINED, 'tokenizer.json'), JSON.stringify(tinyTokenizer()));
const LETTERS = 'abcdefgh';

const SPLITS = ['train', 'train', 'dev', 'test'];

function line(i: number, split: boolean): string {
  const words = [i, 3 * i, i * i].map((at) => LETTERS[at % 8]);
  return [words.join(' '), i % 2 === 0 ? 'even' : 'odd', ...(split ? [SPLITS[Math.floor(i / 2) % 4]] : [])].join();
}

function table(name: string, split: boolean): string {
  const file = path.join(root, name);
  writeFileSync(file, `text,label${split ? ',split' : ''}\n${Array.from({ length: 48 }, (_, i) => line(i, split)).join('\n')}\n`);
  return file;
}

const WHOLE = table('whole.csv', false);
const CUT = table('cut.csv', true);
const workspace = new Workspace({
  models: loadModels(undefined),
  datasets: loadDatasets(undefined),
  cacheDir: cache,
  offline: true,
  mirrors: [],
  onDownload: () => assert.fail(),
  onNote: () => undefined,
});

function resolved(request: object): Experiment {
  const asked = parseRequest(request);
  const resources = { threads: 1, tokenBudget: 256 };
  if (asked.command === 'run') return resolveRun(asked, workspace, resources);
  return asked.command === 'rank' ? resolveRank(asked, workspace, resources) : resolveFinetune(asked as never, workspace, resources);
}

const planned = async (request: object, shard?: Shard): Promise<readonly OutlinedWork[]> =>
  (await outline(resolved(request), { workspace, shard })).work;
const sum = (work: readonly OutlinedWork[]) => work.reduce((rows, each) => rows + each.rows!, 0);

let folders = 0;
/** Rows that the experiment leaves in its folder. */
async function written(request: Readonly<Record<string, unknown>>, shard?: Shard): Promise<number> {
  const out = path.join(root, `out-${folders++}`);
  const options = { out, cache, offline: true, threads: 1, shard };
  const { command } = request;
  if (command === 'rank') {
    await rank(request as never, options);
    return (await readEstimates(path.join(out, 'estimates.csv'))).length;
  }
  await (command === 'run' ? run(request as never, options) : finetune(request as never, options));
  return readdirSync(out).includes('results.csv') ? (await readRows(path.join(out, 'results.csv'))).rows.length : 0;
}

const QUICKLY = { epochs: 1, batchSize: 8, lr: 1e-3 };
const REQUESTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  run: {
    command: 'run',
    encoders: [ONE, TWO],
    datasets: [WHOLE, CUT],
    pooling: ['cls', 'layermean'],
    layers: 'all',
    layerMean: ['0..L', '1..L'],
    protocol: ['complete', 'leave-one-out', 'fit-train'],
    k: [1, 3],
    metric: ['euclidean', 'cosine'],
  },
  'run, side by side': {
    command: 'run',
    encoders: [ONE, TWO],
    datasets: [WHOLE, CUT],
    pooling: ['mean', 'concat', 'max'],
    layers: 'all',
    concatNorm: ['raw', 'zscore'],
    k: [2],
    votes: ['uniform', 'distance'],
  },
  'run, published poolings that are not there': { command: 'run', encoders: [ONE], datasets: [WHOLE], pooling: ['mean', 'as-published'] },
  'run, trained, too': {
    command: 'run',
    encoders: [TRAINED],
    datasets: [WHOLE, CUT],
    pooling: ['mean'],
    protocol: ['leave-one-out', 'fit-train'],
    k: [3],
    index: 'exact',
    finetune: { ...QUICKLY, objective: ['classic', 'cea-all-negatives'] },
    seed: [1, 2],
  },
  finetune: {
    command: 'finetune',
    encoders: [TRAINED],
    datasets: [WHOLE, CUT],
    k: 3,
    ...QUICKLY,
    objective: ['classic', 'cea-all-negatives'],
    seed: [1, 2],
  },
  rank: { command: 'rank', encoders: [ONE, TWO], datasets: [WHOLE, CUT], k: 3, estimator: ['knn', 'logme'] },
  'rank, a sample': { command: 'rank', encoders: [ONE, TWO], datasets: [WHOLE], k: 3, limit: 20, estimator: ['knn'], curves: false },
  'rank, within a budget': { command: 'rank', encoders: [ONE, TWO], datasets: [WHOLE], k: 3, estimator: ['knn', 'centroid'], budget: 60 },
};

for (const [name, request] of Object.entries(REQUESTS)) {
  test(`dry run: ${name}: as many rows as there are then`, async () => {
    const rows = sum(await planned(request));
    assert.ok(rows > 0);
    assert.equal(rows, await written(request));
  });

  if (request['budget'] !== undefined) continue;
  test(`dry run: ${name}: the parts together are the whole`, async () => {
    const parts = [1, 2, 3].map((index) => ({ index, of: 3 }));
    const rows: number[] = [];
    for (const shard of parts) rows.push(sum(await planned(request, shard)));
    assert.equal(
      rows.reduce((all, each) => all + each, 0),
      sum(await planned(request)),
    );
    assert.equal(rows[1], await written(request, parts[1]));
  });
}

test('dry run: a registry entry that is not here has rows by what the registry says, else none', async () => {
  const modelsFile = path.join(root, 'models.json');
  const variants = [{ dtype: 'fp32', from: 'hf:org/none@1', onnx: 'model.onnx' }];
  writeFileSync(modelsFile, JSON.stringify({ models: { known: { layers: 2, variants }, unknown: { variants } } }));
  const elsewhere = new Workspace({
    models: loadModels(modelsFile),
    datasets: loadDatasets(undefined),
    cacheDir: cache,
    offline: true,
    mirrors: [],
    onDownload: () => assert.fail(),
    onNote: () => undefined,
  });
  const asked = parseRequest({
    command: 'run',
    encoders: ['known', 'unknown', 'known@1'],
    datasets: [WHOLE],
    pooling: ['cls', 'concat'],
    layers: 'all',
    k: [1],
  });
  assert.equal(asked.command, 'run');
  const { work } = await outline(resolveRun(asked as never, elsewhere, { threads: 1, tokenBudget: 64 }), {
    workspace: elsewhere,
    shard: undefined,
  });
  assert.deepEqual(
    work.map(({ encoder, rows, seconds }) => [encoder, rows, seconds]),
    [
      ['known', 3 * 2, undefined],
      ['known@1', 2 * 2, undefined],
      ['unknown', undefined, undefined],
      ['concat-all', undefined, 0],
    ],
  );
});

test('dry run: nothing is kept but the checksums of files that were read', async () => {
  const nowhere = path.join(root, 'nowhere');
  const clean = new Workspace({
    models: loadModels(undefined),
    datasets: loadDatasets(undefined),
    cacheDir: nowhere,
    offline: true,
    mirrors: [],
    onDownload: () => assert.fail(),
    onNote: () => undefined,
  });
  for (const request of Object.values(REQUESTS)) await outline(resolved(request), { workspace: clean, shard: undefined });
  assert.deepEqual(readdirSync(nowhere, { recursive: true }), ['checksums.json']);
});

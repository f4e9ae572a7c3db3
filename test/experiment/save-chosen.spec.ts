import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { SPLITS } from '../../src/datasets/dataset.ts';
import { DEFAULT_OPTIONS } from '../../src/encoders/families/family.ts';
import { OpenedInputs, type Host, type TrainingFiles } from '../../src/experiment/host.ts';
import { jobOf } from '../../src/experiment/job.ts';
import { inputsOf } from '../../src/experiment/plan-scores.ts';
import { runJob, trainingCell } from '../../src/experiment/run-job.ts';
import { partJob } from '../../src/experiment/race-trainings.ts';
import { forTraining } from '../../src/experiment/trained-inputs.ts';
import { Workspace } from '../../src/experiment/workspace.ts';
import { SILENT } from '../../src/progress.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { shortTraining } from './training-choice.ts';

const root = temporaryFolder();
const folder = writeTinyEncoder(path.join(root, 'tiny'));
const encoder = {
  kind: 'folder',
  name: 'tiny',
  named: true,
  folder,
  onnx: path.join(folder, 'model.onnx'),
  firstLayers: undefined,
} as const;
const file = path.join(root, 'data.csv');
writeFileSync(
  file,
  [
    'text,label',
    ...Array.from({ length: 40 }, (_, i) => `${'abcdefg'[i % 7]} ${i % 2 ? 'who' : 'is'} x${i},${i % 2 ? 'odd' : 'even'}`),
  ].join('\n'),
);
const ref = { kind: 'file', name: 'data', file } as const;
const reading = { labels: 'first', limit: undefined, seed: 1, tables: {} } as const;
const opening = { dtype: undefined, maxLength: undefined, options: DEFAULT_OPTIONS };
const choice = shortTraining(2);
const cacheDir = path.join(root, 'cache');
const models = loadModels(undefined);
const datasets = loadDatasets(undefined);
const workspace = new Workspace({
  models,
  datasets,
  cacheDir,
  offline: true,
  mirrors: [],
  onDownload: () => undefined,
  onNote: () => undefined,
});
const inputs = new OpenedInputs(workspace);
const logged: string[] = [];
const progress = { ...SILENT, log: (line: string) => void logged.push(line) };
const host: Omit<Host, 'files'> = { inputs, workspace, threads: 1, tokenBudget: 1024, progress, warn: () => undefined };

const into = (files: Partial<TrainingFiles>) => ({ ...host, files: { out: undefined, save: undefined, overwrite: false, ...files } });
const epochs = () => logged.filter((line) => /epoch \d/.test(line)).length;

test('a training that was chosen among others is saved afterwards, and nothing is trained again', async () => {
  const { encoder: opened } = await inputs.trained(encoder, opening);
  const dataset = forTraining(await inputs.dataset(ref, reading), choice);
  const jobs = [1, 2].map((seed) =>
    jobOf({
      kind: 'train' as const,
      encoders: [encoder],
      dataset: ref,
      reading,
      opening,
      inputs: inputsOf(dataset, [opened]),
      pooling: 'mean' as const,
      objective: 'classic' as const,
      seed,
      choice,
    }),
  );
  const raced = [];
  for (const job of jobs) raced.push(await runJob(job, into({ keepWeights: true })));
  const before = epochs();
  assert.equal(before, 4);
  const save = path.join(root, 'chosen');
  const chosen = await runJob(jobs[1]!, into({ save }));
  assert.equal(epochs(), before);
  assert.deepEqual(chosen, raced[1]);
  assert.ok(existsSync(path.join(save, 'classifier.json')) && existsSync(path.join(save, 'onnx', 'model.onnx')));
  assert.equal((JSON.parse(readFileSync(path.join(save, 'training.json'), 'utf8')) as { seed: number }).seed, 2);
  // Weights of what was saved are deleted; those of the other are kept until it is saved.
  const weights = readdirSync(workspace.trainingFolder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('weights'));
  assert.ok(weights.length > 0 && weights.every((name) => name.includes('classic-1-')), weights.join());
});

test('a winner for whom the budget did not last for all of train is saved after a part of it, and scored on all of test', async () => {
  const target = await inputs.trained(encoder, opening);
  const dataset = forTraining(await inputs.dataset(ref, reading), choice);
  const shared = {
    encoders: [encoder],
    dataset: ref,
    reading,
    opening,
    pooling: 'mean' as const,
    objective: 'classic' as const,
    seed: 1,
    choice,
  };
  const job = jobOf({ kind: 'train' as const, ...shared, inputs: inputsOf(dataset, [target.encoder]) });
  const cell = await trainingCell(job, into({}));
  const racer = { name: 'tiny', encoder: 'tiny', prompt: '', job, cell, full: new Map([[1, { job, cell }]]) };
  const size = 16;
  const last = partJob(racer, { size, seed: 1, last: true });
  const before = partJob(racer, { size, seed: 1 });
  assert.notEqual(last.id, before.id);
  assert.equal(partJob(racer, { size: 10_000, seed: 1, last: true }), job);

  const save = path.join(root, 'chosen-of-part');
  const [round, final] = [await runJob(before, into({})), await runJob(last, into({ save }))];
  const tested = dataset.split.filter((split) => SPLITS[split] === 'test').length;
  const trained = ({ cells }: typeof final) => cells.filter(({ row }) => row.objective !== '').map(({ row }) => [row.split, row.n]);
  assert.ok(
    trained(final).some(([split, n]) => split === 'test' && n === String(tested)),
    JSON.stringify(trained(final)),
  );
  assert.ok(!trained(round).some(([split]) => split === 'test'));
  // Dev decided on the same texts; the outcome there is the same.
  const dev = ({ cells }: typeof final) => cells.find(({ row }) => row.objective !== '' && row.split === 'dev')!.row;
  assert.equal(dev(final).accuracy, dev(round).accuracy);
  assert.match(dev(final).sample, /; train 16 of 32, nested, seed 1, and test$/);
  assert.match(readFileSync(path.join(save, 'README.md'), 'utf8'), /nested, seed 1, and test/);
});

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { OpenedInputs, openInputs } from '../../src/experiment/host.ts';
import { Workspace } from '../../src/experiment/workspace.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { writeTexts } from '../bench/choose-inputs.ts';
import { temporaryFolder } from '../temporary.ts';
import { plannedJobs } from './queue/planned-jobs.ts';

function inputsIn(cacheDir: string): OpenedInputs {
  const workspace = new Workspace({
    models: loadModels(),
    datasets: loadDatasets(),
    cacheDir,
    offline: true,
    mirrors: [],
    onDownload: () => undefined,
    onNote: () => undefined,
  });
  return new OpenedInputs(workspace);
}

for (const command of ['run', 'rank', 'finetune', 'map'] as const) {
  test(`inputs: those of the jobs of ${command} are open before the jobs run`, async () => {
    const { jobs, root } = await plannedJobs(temporaryFolder(), command);
    const inputs = inputsIn(path.join(root, 'cache'));
    for (const job of jobs) await openInputs(job, inputs);
    for (const { dataset, encoders } of jobs) {
      for (const ref of encoders) rmSync((ref as { readonly folder: string }).folder, { recursive: true, force: true });
      rmSync((dataset as { readonly file: string }).file, { force: true });
    }
    // What is open needs no file: the jobs open nothing else.
    for (const job of jobs) await openInputs(job, inputs);
    await assert.rejects(openInputs(jobs[0]!, inputsIn(path.join(root, 'cache'))));
  });
}

test('inputs: what could not be opened is opened again the next time', async () => {
  const root = temporaryFolder();
  const { jobs } = await plannedJobs(root, 'map');
  const { dataset, reading } = jobs[0]!;
  const { file } = dataset as { readonly file: string };
  const inputs = inputsIn(path.join(root, 'cache'));
  rmSync(file);
  await assert.rejects(inputs.dataset(dataset, reading), /texts\.csv/);
  writeTexts(file, { texts: 40 });
  assert.ok((await inputs.dataset(dataset, reading)).texts.length > 0);
});

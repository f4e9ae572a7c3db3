import path from 'node:path';
import type { Job } from '../../../src/experiment/job.ts';
import { memoryKeeper } from '../../../src/experiment/keeper.ts';
import { plan } from '../../../src/experiment/plan.ts';
import { parseRequest } from '../../../src/experiment/read-request.ts';
import { Workspace } from '../../../src/experiment/workspace.ts';
import { SILENT } from '../../../src/progress.ts';
import { loadDatasets } from '../../../src/registry/datasets.ts';
import { loadModels } from '../../../src/registry/models.ts';
import { writeCheckpoint, writeTexts } from '../../bench/choose-inputs.ts';
import { experimentOf } from '../experiment-of.ts';
import { writeTinyEncoder } from '../../tiny-encoder.ts';

/** Settings of each command besides encoders and datasets: covering all kinds of jobs and settings. */
const MORE = {
  run: { pooling: ['mean', 'concat'], dim: ['full', 4], prompts: ['none', 'text:query: '], limit: 30, k: [1, 3] },
  rank: { estimator: ['knn', 'logme'], k: 3 },
  finetune: { objective: ['classic', 'cea'], seed: [1, 2], dropout: 0.2 },
  map: { method: ['umap'], sample: 20, k: 3 },
} as const;

/** The jobs of a small experiment whose inputs are written into a folder. */
export async function plannedJobs(
  root: string,
  command: keyof typeof MORE,
): Promise<{ readonly jobs: readonly Job[]; readonly root: string }> {
  const dataset = writeTexts(path.join(root, 'texts.csv'), { texts: 40 });
  const encoders =
    command === 'finetune'
      ? [writeCheckpoint(path.join(root, 'checkpoint'))]
      : [1, 2].map((layers) => writeTinyEncoder(path.join(root, `tiny-${layers}`), { layers, seed: layers }));
  const workspace = new Workspace({
    models: loadModels(),
    datasets: loadDatasets(),
    cacheDir: path.join(root, 'cache'),
    offline: true,
    mirrors: [],
    onDownload: () => undefined,
    onNote: () => undefined,
  });
  const request = { command, encoders, datasets: [dataset], ...MORE[command] };
  const resources = { threads: 1, tokenBudget: 512 };
  const experiment = experimentOf(parseRequest(request), workspace, resources);
  const host = {
    workspace,
    keeper: memoryKeeper(),
    resources,
    progress: SILENT,
    warn: () => undefined,
    onCheck: () => undefined,
    onPlanned: () => undefined,
  };
  return { jobs: await plan(experiment, host), root };
}

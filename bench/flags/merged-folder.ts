import path from 'node:path';
import { isOwn } from '../../src/experiment/named-refs.ts';
import { requestOf } from '../../src/experiment/read-request.ts';
import { DEFAULT_SUITE } from '../../src/experiment/resolve/suite.ts';
import type { RunPlan } from '../../src/results/run-record.ts';
import { ownFolder, RESULTS } from './out-folder.ts';

export interface MergedParams {
  /** `--out`. */
  readonly out: string | undefined;
  /** A shard's results folder, and its plan. */
  readonly folder: string;
  readonly plan: RunPlan;
  /** Registry keys of datasets. */
  readonly registered: ReadonlySet<string>;
}

/** Where shards are merged: `--out`, or the default folder of the whole run. */
export async function mergedFolder({ out, folder, plan, registered }: MergedParams): Promise<string> {
  if (out !== undefined) return out;
  const request = await requestOf(path.join(folder, 'run.json')).catch(() => undefined);
  if (request === undefined) return RESULTS;
  const { encoders = [], datasets, modelsFile, datasetsFile } = request;
  const ofOwnData = datasets !== undefined && plan.datasets.some((name) => !registered.has(name));
  if (!encoders.some(isOwn) && !ofOwnData && modelsFile === undefined && datasetsFile === undefined) return RESULTS;
  return ownFolder(request.command === 'run' && datasets === undefined ? [request.suite ?? DEFAULT_SUITE] : plan.datasets);
}

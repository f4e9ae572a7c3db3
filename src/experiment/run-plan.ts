import { createHash } from 'node:crypto';
import { packageVersion } from '../home.ts';
import type { RunPlan } from '../results/run-record.ts';
import type { Settings } from './settings.ts';
import type { Shard } from './shard.ts';

export interface PlanParams {
  readonly encoders: readonly string[];
  readonly datasets: readonly string[];
  readonly shard: Shard | undefined;
  readonly settings: Settings;
}

/** What a run is a part of. */
export function runPlan({ encoders, datasets, shard, settings }: PlanParams): RunPlan {
  const { threads: _threads, tokenBudget: _budget, ...decisive } = settings;
  const digest = createHash('sha256').update(JSON.stringify([packageVersion(), encoders, datasets, decisive])).digest('hex').slice(0, 16);
  return { digest, shard: shard === undefined ? null : `${shard.index}/${shard.of}`, encoders, datasets };
}

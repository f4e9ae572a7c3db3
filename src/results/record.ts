import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { onnxruntimeVersion, packageRoot, packageVersion } from '../home.ts';
import type { Failure } from './row.ts';
import type { DataRecord, RankedRecord, RunPlan, RunRecord } from './run-record.ts';

export interface RecordParams {
  /** Command-line arguments; empty if started by a program. */
  readonly command: readonly string[];
  /** The request of the run. */
  readonly request?: object | undefined;
  readonly seed: number;
  readonly threads: number;
  readonly device?: string | undefined;
  readonly started: Date;
  /** Results: rows of results.csv, estimates. */
  readonly rows: readonly unknown[];
  readonly failures: readonly Failure[];
  /** Number of rows that existed before. */
  readonly kept: number;
  readonly plan?: RunPlan | undefined;
  readonly data?: readonly DataRecord[] | undefined;
  /** Rankings as they were tested. */
  readonly ranked?: readonly RankedRecord[] | undefined;
  /** Hub datasets at their commits. */
  readonly sources?: Readonly<Record<string, string>> | undefined;
  /** Workers that ran the jobs, if run on a queue. */
  readonly workers?: RunRecord['workers'];
  readonly interrupted: boolean;
}

/** How a run's results were made: command, versions, machine. */
export function runRecord({
  command,
  request,
  seed,
  threads,
  device = 'cpu',
  started,
  rows,
  failures,
  kept,
  plan,
  data,
  ranked,
  sources,
  workers,
  interrupted,
}: RecordParams): RunRecord {
  const processors = cpus();
  return {
    command,
    request,
    started,
    finished: new Date(),
    seed,
    versions: { project: packageVersion(), node: process.version, onnxruntime: onnxruntimeVersion() },
    commit: commit(),
    machine: {
      platform: `${process.platform} ${process.arch}`,
      cpu: processors[0]?.model.trim() ?? '',
      cores: processors.length,
      threads,
      memoryBytes: totalmem(),
      device,
    },
    cells: { computed: rows.length - kept, kept, failed: failures.length },
    failures: failures.map(({ encoder, dataset, pooling, dim, prompt, objective, reason }) => ({
      encoder,
      dataset,
      pooling,
      dim,
      prompt,
      objective,
      reason,
    })),
    plan,
    data,
    ranked,
    sources,
    workers,
    interrupted,
  };
}

/**
 * Commit of the project's own checkout; undefined if there is none: in an installed package, git would find the repository of the program
 * that uses it.
 */
function commit(): string | undefined {
  const folder = packageRoot();
  if (!existsSync(path.join(folder, '.git'))) return undefined;
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

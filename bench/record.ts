import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { packageRoot, packageVersion } from '../src/home.ts';
import type { Failure, Row } from '../src/results/row.ts';
import type { RunRecord } from '../src/results/run-record.ts';

export interface RecordParams {
  readonly seed: number;
  readonly threads: number;
  readonly device?: string | undefined;
  readonly started: Date;
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
}

/** What made a run's results: command, versions, machine. */
export function runRecord({ seed, threads, device = 'cpu', started, rows, failures }: RecordParams): RunRecord {
  const processors = cpus();
  return {
    command: process.argv.slice(2),
    started,
    finished: new Date(),
    seed,
    versions: { project: packageVersion(), node: process.version, onnxruntime: runtimeVersion() },
    commit: commit(),
    machine: {
      platform: `${process.platform} ${process.arch}`,
      cpu: processors[0]?.model.trim() ?? '',
      cores: processors.length,
      threads,
      memoryBytes: totalmem(),
      device,
    },
    cells: { computed: rows.length, failed: failures.length },
  };
}

function runtimeVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return version;
}

/** Commit of the project's own checkout; undefined where it is none. */
function commit(): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: packageRoot(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

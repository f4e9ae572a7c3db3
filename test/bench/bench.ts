import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { packageRoot } from '../../src/home.ts';

export interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line as a user does, without network and with a cache of its own. */
export function bench(args: readonly string[], { cache, cwd, env = {} }: { cache: string; cwd?: string; env?: Record<string, string> }): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(import.meta.dirname, '..', '..', 'bench', 'main.js'), ...args], {
    encoding: 'utf8',
    cwd: cwd ?? packageRoot(),
    env: { ...process.env, EMBEDDING_BENCH_CACHE: cache, HF_HUB_OFFLINE: '1', HF_HOME: path.join(cache, 'hub'), NO_COLOR: '1', ...env },
  });
  return { status, out: stdout, err: stderr };
}

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
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

export interface Running {
  readonly ended: Promise<Outcome>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

interface Beside {
  readonly cache: string;
  readonly env?: Record<string, string>;
}

/** The same while this process goes on, for a server in it. */
export function benchBeside(args: readonly string[], beside: Beside): Promise<Outcome> {
  return startBench(args, beside).ended;
}

/** The same, to be ended before it ends. */
export function startBench(args: readonly string[], { cache, env = {} }: Beside): Running {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '..', '..', 'bench', 'main.js'), ...args], {
    cwd: packageRoot(),
    env: { ...process.env, EMBEDDING_BENCH_CACHE: cache, HF_HOME: path.join(cache, 'hub'), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = [child.stdout, child.stderr].map(async (stream) => {
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk as string;
    return text;
  }) as [Promise<string>, Promise<string>];
  const ended = once(child, 'close').then(async ([status]): Promise<Outcome> => ({ status: status as number | null, out: await out, err: await err }));
  return { ended, kill: (signal) => void child.kill(signal) };
}

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

/** The same while this process goes on, for a server in it. */
export async function benchBeside(args: readonly string[], { cache, env = {} }: { cache: string; env?: Record<string, string> }): Promise<Outcome> {
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
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, out: await out, err: await err };
}

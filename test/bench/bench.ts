import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { runCommand } from '../../bench/command.ts';
import { packageRoot } from '../../src/home.ts';

export interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Place {
  readonly cache: string;
  /** Default: the checkout. */
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Lets requests leave the process: for a server in a spec. */
  readonly online?: boolean;
}

/** A script that is the command line, for specs that spawn it themselves. */
export const MAIN = path.join(import.meta.dirname, '..', '..', 'bench', 'main.js');

function environment({ cache, env = {}, online = false }: Place): Record<string, string> {
  return { EMBEDDING_BENCH_CACHE: cache, ...(!online && { HF_HUB_OFFLINE: '1' }), HF_HOME: path.join(cache, 'hub'), NO_COLOR: '1', ...env };
}

let busy = false;

/**
 * Runs a command in this process, which takes a tenth of the time of starting one: the same arguments, the same status and output, with
 * Node's warnings appended. Working directory, environment and `process.argv` are the command's while it runs, so that only one runs at a
 * time. What only a separate process shows (signals, broken streams, dying threads) is tested with `spawnBench`.
 */
export async function bench(args: readonly string[], place: Place): Promise<Outcome> {
  if (busy) throw new Error('Another command runs in this process: await it, or take spawnBench.');
  busy = true;
  const [cwd, argv] = [process.cwd(), process.argv];
  const env = environment(place);
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  const written = { out: '', err: '' };
  const stream = (into: keyof typeof written) =>
    ({
      isTTY: false,
      write: (text: string | Uint8Array) => {
        written[into] += typeof text === 'string' ? text : Buffer.from(text).toString();
        return true;
      },
    }) as unknown as NodeJS.WriteStream;
  const warned = (warning: Error): void => {
    written.err += `(node) ${warning.name}: ${warning.message}\n`;
  };
  try {
    process.chdir(place.cwd ?? packageRoot());
    process.argv = [process.execPath, MAIN, ...args];
    Object.assign(process.env, env);
    process.on('warning', warned);
    const status = await runCommand(args, { out: stream('out'), err: stream('err') });
    return { status, ...written };
  } finally {
    process.off('warning', warned);
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    process.argv = argv;
    process.chdir(cwd);
    busy = false;
  }
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Outcome>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Its output so far. */
  readonly err: () => string;
  /** Waits until this was printed. Throws if the process ends before. */
  readonly says: (what: RegExp) => Promise<void>;
}

/** Runs a command in a separate process, as a user does. */
export function spawnBench(args: readonly string[], place: Place): Promise<Outcome> {
  return startBench(args, place).ended;
}

/** The same, to be stopped before it ends. */
export function startBench(args: readonly string[], place: Place): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: place.cwd ?? packageRoot(),
    env: { ...process.env, ...environment(place) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { out: '', err: '' };
  const heard = new Set<() => void>();
  const [out, err] = (['out', 'err'] as const).map(async (name) => {
    for await (const chunk of (name === 'out' ? child.stdout : child.stderr).setEncoding('utf8')) {
      written[name] += chunk as string;
      for (const hear of heard) hear();
    }
  }) as [Promise<void>, Promise<void>];
  const ended = once(child, 'close').then(async ([status]): Promise<Outcome> => {
    await Promise.all([out, err]);
    return { status: status as number | null, ...written };
  });
  const says = (what: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const hear = (): void => {
        if (!what.test(written.err)) return;
        heard.delete(hear);
        resolve();
      };
      heard.add(hear);
      hear();
      ended.then(() => reject(new Error(`It ended without saying ${what}: ${written.err}`)), reject);
    });
  return { pid: child.pid!, ended, kill: (signal) => void child.kill(signal), err: () => written.err, says };
}

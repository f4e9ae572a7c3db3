import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { openSources } from '../../src/sources/sources.ts';
import type { FileRequest } from '../../src/sources/file-source.ts';

/** A separate process that fetches one file: to be killed, to run in parallel, to run out of disk space. */

export interface ChildTask {
  readonly request: FileRequest;
  readonly cacheDir: string;
  /** Address used for https://files.test. */
  readonly server: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface ChildEnd {
  /** Path of the fetched file. */
  readonly path?: string;
  readonly code?: string;
  readonly message?: string;
}

export interface Child {
  readonly ended: Promise<ChildEnd | undefined>;
  readonly kill: () => void;
}

/** Starts the process; `limit` is the largest file that it may write, in blocks of 1024 bytes. */
export function startChild(task: ChildTask, { limit, uid }: { limit?: number; uid?: number } = {}): Child {
  const command = [process.execPath, import.meta.filename, JSON.stringify(task)];
  const [program, ...args] =
    limit === undefined ? command : ['bash', '-c', `trap '' XFSZ; ulimit -f ${limit}; exec "$@"`, 'bash', ...command];
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'], ...(uid === undefined ? {} : { uid }) });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = once(child, 'close').then(() => (text === '' ? undefined : (JSON.parse(text) as ChildEnd)));
  return { ended, kill: () => void child.kill('SIGKILL') };
}

if (process.argv[1] === import.meta.filename) {
  const { request, cacheDir, server, env } = JSON.parse(process.argv[2]!) as ChildTask;
  const sources = openSources({
    cacheDir,
    offline: false,
    mirrors: [],
    timeoutMs: 5000,
    backoffMs: 5,
    env,
    fetch: (input, init) => fetch(String(input).replace('https://files.test', server), init),
  });
  const end: ChildEnd = await sources.fetchFile(request).then(
    ({ path: file }) => ({ path: file }),
    (error: Error & { code: string }) => ({ code: error.code, message: error.message }),
  );
  process.stdout.write(JSON.stringify({ ...end, ...(end.path === undefined ? {} : { path: path.resolve(end.path) }) }));
}

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Why a spec is skipped; undefined if a Redis can be started. */
export const noRedis: string | undefined = (() => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no redis-server on the PATH (Debian: redis-server)';
  }
})();

/** A Redis started by a spec, on its own loopback port, which keeps its data in an append-only file. The spec stops it. */
export class TestRedis {
  readonly url: string;
  readonly #port: number;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'redis-'));
  readonly #password: string | undefined;
  #server: ChildProcess | undefined;

  private constructor(port: number, password: string | undefined) {
    this.#port = port;
    this.#password = password;
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async start({ password }: { readonly password?: string } = {}): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), password);
    await redis.start();
    return redis;
  }

  async start(): Promise<void> {
    const args = [
      '--port',
      String(this.#port),
      '--bind',
      '127.0.0.1',
      '--dir',
      this.#folder,
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
      '--save',
      '',
    ];
    this.#server = spawn('redis-server', [...args, ...(this.#password === undefined ? [] : ['--requirepass', this.#password])], {
      stdio: 'ignore',
    });
    for (let tries = 0; tries < 200; tries++) {
      if (await answers(this.#port)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('redis-server does not answer.');
  }

  /** Its data stay, for a restart. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.on('exit', resolve));
    server.kill(signal);
    await ended;
  }

  async end(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A port that nothing listens on, as far as can be known. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { openSources, type Sources } from '../../src/sources/sources.ts';
import type { SourceOptions } from '../../src/sources/types.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse, hits: number) => void;

export interface TestServer {
  readonly url: string;
  /** `GET /path` with the headers that matter, in order. */
  readonly log: { readonly line: string; readonly authorization: string | undefined; readonly range: string | undefined }[];
  /** Takes precedence over everything else; `hits` counts requests of that path from 1. */
  readonly routes: Map<string, Handler>;
}

/** A server on this machine that ends with the test, under one of its names. */
export async function serve(
  t: TestContext,
  fallback: Handler = (_request, response) => void response.writeHead(404).end(),
  name = '127.0.0.1',
): Promise<TestServer> {
  const log: TestServer['log'] = [];
  const routes = new Map<string, Handler>();
  const hits = new Map<string, number>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://x');
    log.push({ line: `${request.method} ${pathname}`, authorization: request.headers.authorization, range: request.headers.range });
    hits.set(pathname, (hits.get(pathname) ?? 0) + 1);
    (routes.get(pathname) ?? fallback)(request, response, hits.get(pathname)!);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, name, resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://${name}:${(server.address() as AddressInfo).port}`, log, routes };
}

/** Sends bytes, or the part that a Range header asks for. */
export function send(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) return void response.writeHead(200, { 'content-length': body.length }).end(body);
  response
    .writeHead(206, { 'content-length': body.length - start, 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` })
    .end(body.subarray(start));
}

export const COMMIT = '1234567890abcdef1234567890abcdef12345678';

export interface FakeRepo {
  readonly name: string;
  /** By path; those of `large` are listed with a sha256, as the hub does for its large files. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  readonly large?: readonly string[];
}

/** A hub with one repository at one commit. */
export async function serveHub(t: TestContext, { name, files, large = [] }: FakeRepo): Promise<TestServer> {
  const server = await serve(t, (request, response) => {
    const { pathname } = new URL(request.url!, 'http://x');
    const inside = decodeURIComponent(pathname);
    const resolved = `/${name}/resolve/${COMMIT}/`;
    if (inside === `/api/models/${name}/revision/main` || inside === `/api/models/${name}/revision/${COMMIT}`)
      return json(response, { _id: '1', id: name, sha: COMMIT, lastModified: '2024-01-01' });
    if (inside === `/api/models/${name}/tree/${COMMIT}`)
      return json(
        response,
        Object.entries(files).map(([file, text]) => entryOf(file, text, large.includes(file))),
      );
    const text = inside.startsWith(resolved) ? files[inside.slice(resolved.length)] : undefined;
    if (text === undefined) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
    send(request, response, typeof text === 'string' ? Buffer.from(text) : text);
  });
  return server;
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function entryOf(file: string, text: string | Buffer, large: boolean): unknown {
  const size = Buffer.byteLength(text);
  const oid = createHash('sha1').update(`blob ${size}\0`).update(text).digest('hex');
  return { type: 'file', path: file, size, oid, ...(large ? { lfs: { oid: sha256(text), size, pointerSize: 134 } } : {}) };
}

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A folder that is removed with the test. */
export function temporary(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sources-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Opened {
  readonly sources: Sources;
  readonly folder: string;
  /** The hub's cache folder. */
  readonly hub: string;
}

/** Sources isolated from this machine: own caches, own environment, short timeouts. */
export function open(t: TestContext, options: Partial<SourceOptions> = {}, folder = temporary(t)): Opened {
  const env = {
    HOME: folder,
    HF_HOME: path.join(folder, 'hf'),
    npm_config_globalconfig: path.join(folder, 'npmrc'),
    npm_config_userconfig: path.join(folder, '.npmrc'),
    ...options.env,
  };
  const sources = openSources({
    cacheDir: path.join(folder, 'cache'),
    offline: false,
    mirrors: [],
    timeoutMs: 2000,
    backoffMs: 5,
    ...options,
    env,
  });
  return { sources, folder, hub: path.join(folder, 'hf', 'hub') };
}

/** A fetch that fails the test if called. */
export function forbidden(): { readonly fetch: typeof fetch; readonly calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    fetch: (input) => {
      calls.push(input instanceof Request ? input.url : String(input));
      return Promise.reject(new Error('the network was touched'));
    },
  };
}

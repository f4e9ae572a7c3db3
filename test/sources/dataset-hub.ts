import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { send, serve, type TestServer } from './server.ts';

/** Files by path. */
export type Files = Readonly<Record<string, string | Buffer>>;

export interface FakeDataset {
  /** `org/name`, or a former name. */
  readonly id: string;
  /** By branch, tag or `refs/…`. */
  readonly revisions: Readonly<Record<string, Files>>;
  readonly kind?: 'datasets' | 'models';
  /** Only accessible with the token. */
  readonly token?: string;
  /** New name after a move. */
  readonly moved?: string;
}

/** Larger files are listed with a sha256, as the hub does. */
const LARGE = 2000;

export function commitOf(id: string, revision: string): string {
  return createHash('sha1').update(`${id} ${revision}`).digest('hex');
}

/** A hub with datasets (and models) on this machine, with the endpoints that are used. */
export async function serveDatasets(t: TestContext, repos: readonly FakeDataset[], name?: string): Promise<TestServer> {
  return serve(
    t,
    (request, response) => {
      const { pathname } = new URL(request.url!, 'http://x');
      const inside = decodeURIComponent(pathname);
      const notFound = (status = 404): void =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":"not found"}');
      const json = (value: unknown): void =>
        void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      for (const { id, revisions, kind = 'datasets', token, moved } of repos) {
        const api = `/api/${kind}/${id}/`;
        const resolve = `/${kind === 'datasets' ? 'datasets/' : ''}${id}/resolve/`;
        const rest = [api, resolve].find((start) => inside.startsWith(start));
        if (rest === undefined) continue;
        if (moved !== undefined) return void response.writeHead(307, { location: pathname.replace(id, moved) }).end();
        if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
          return notFound(request.headers.authorization === undefined ? 401 : 403);
        }
        const names: Readonly<Record<string, string>> = { HEAD: 'main' };
        const found = Object.keys(revisions).find(
          (revision) =>
            [`revision/${revision}`, `revision/${commitOf(id, revision)}`].includes(inside.slice(api.length)) ||
            (inside === `${api}revision/HEAD` && names['HEAD'] === revision),
        );
        if (found !== undefined) return json({ _id: '1', id, sha: commitOf(id, found), lastModified: '2024-01-01' });
        for (const [revision, files] of Object.entries(revisions)) {
          const commit = commitOf(id, revision);
          if (inside === `${api}tree/${commit}`) {
            return json(Object.entries(files).map(([path, content]) => entryOf(path, Buffer.from(content))));
          }
          const path = inside.startsWith(`${resolve}${commit}/`) ? inside.slice(`${resolve}${commit}/`.length) : undefined;
          if (path !== undefined && Object.hasOwn(files, path)) return send(request, response, Buffer.from(files[path]!));
        }
      }
      notFound();
    },
    name,
  );
}

function entryOf(path: string, content: Buffer): unknown {
  const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  const lfs = { oid: createHash('sha256').update(content).digest('hex'), size: content.length, pointerSize: 130 };
  return { type: 'file', path, size: content.length, oid, ...(content.length > LARGE ? { lfs } : {}) };
}

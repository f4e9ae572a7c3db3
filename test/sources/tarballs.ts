import { createHash } from 'node:crypto';
import { Header } from 'tar';
import { gzipSync } from 'node:zlib';
import type { TestContext } from 'node:test';
import { serve, type TestServer } from './server.ts';

export interface Entry {
  readonly path: string;
  readonly type?:
    'File' | 'OldFile' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'BlockDevice' | 'FIFO' | 'Directory' | 'ExtendedHeader';
  readonly text?: string;
  readonly linkpath?: string;
  /** Header values that differ from the contents. */
  readonly size?: number;
}

/** A malicious tar. */
export function craftedTar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path: name, type = 'File', text = '', linkpath, size = Buffer.byteLength(text) }) => {
    const header = new Header({ path: name, type, size, mode: 0o644, ...(linkpath === undefined ? {} : { linkpath }) });
    const head = Buffer.alloc(512);
    header.encode(head, 0);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
    body.write(text);
    return [head, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export function crafted(entries: readonly Entry[]): Buffer {
  return gzipSync(craftedTar(entries));
}

/** The record of a pax header: its length, including itself, then its contents. */
export function pax(key: string, value: string): Entry {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (String(length).length + Buffer.byteLength(rest) !== length) length++;
  return { path: 'PaxHeader', type: 'ExtendedHeader', text: `${length}${rest}` };
}

export interface Registry extends TestServer {
  readonly integrity: string;
}

/** An npm registry with one version of one package. */
export async function registry(t: TestContext, tarball: Buffer, name = 'tiny-data'): Promise<Registry> {
  const integrity = integrityOf(tarball);
  const server = await serve(t);
  server.routes.set(`/${name.replace('/', '%2f')}`, (_request, response) => {
    const dist = { tarball: `${server.url}/${name}/-/x-1.0.0.tgz`, integrity };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name, version: '1.0.0', dist } } }));
  });
  server.routes.set(
    `/${name}/-/x-1.0.0.tgz`,
    (_request, response) => void response.writeHead(200, { 'content-length': tarball.length }).end(tarball),
  );
  return { ...server, integrity };
}

export function integrityOf(bytes: Buffer | string): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Environment } from './environment.ts';
import { hubSettings } from './hub/settings.ts';

/** Downloaded files, as listed by `bench cache`. */

export interface Download {
  /** `npm`: packages, in the cache folder; `https`: single files, there too; `hub`: repositories, in the cache shared with Python. */
  readonly kind: 'npm' | 'https' | 'hub';
  /** `name@version`, a file name, `org/name` (for datasets `datasets/org/name`). */
  readonly name: string;
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  /** When one of its files was last read or written. */
  readonly used: Date;
}

/** Everything downloaded into the cache folder and the hub's cache; empty if these do not exist. */
export async function listDownloads(cacheDir: string, env: Environment = process.env): Promise<Download[]> {
  const { cache: hub } = hubSettings(env);
  return [
    ...(await each(path.join(cacheDir, 'npm-files'), 'npm', (name) => name.replace(/-[0-9a-f]{12}$/, '').replace('+', '/'))),
    ...(await each(path.join(cacheDir, 'npm'), 'npm', (name) => name.replace('+', '/'))),
    ...(await each(path.join(cacheDir, 'https'), 'https', (name) => name.slice(0, 12))),
    ...(await each(hub, 'hub', repositoryOf)),
  ];
}

/** `models--org--name` is `org/name`; undefined for anything else. */
function repositoryOf(folder: string): string | undefined {
  const [, kind, name] = /^(models|datasets)--(.+)$/.exec(folder) ?? [];
  return name === undefined ? undefined : `${kind === 'datasets' ? 'datasets/' : ''}${name.replace('--', '/')}`;
}

async function each(folder: string, kind: Download['kind'], nameOf: (entry: string) => string | undefined): Promise<Download[]> {
  const entries = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.')).toSorted();
  const found: Download[] = [];
  for (const entry of entries) {
    const name = nameOf(entry);
    if (name === undefined) continue;
    const { files, bytes, used } = await sizeOf(path.join(folder, entry));
    if (files > 0) found.push({ kind, name, folder: path.join(folder, entry), files, bytes, used });
  }
  return found;
}

/** Number of files and bytes of a file, or below a folder; link targets are counted at their location. */
export async function sizeOf(place: string): Promise<{ readonly files: number; readonly bytes: number; readonly used: Date }> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true }).catch(() => undefined);
  const files =
    entries === undefined ? [place] : entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const infos = (await Promise.all(files.map((file) => stat(file).catch(() => undefined)))).flatMap((info) => info ?? []);
  return {
    files: infos.length,
    bytes: infos.reduce((sum, { size }) => sum + size, 0),
    used: new Date(Math.max(0, ...infos.map(({ atimeMs, mtimeMs }) => Math.max(atimeMs, mtimeMs)))),
  };
}

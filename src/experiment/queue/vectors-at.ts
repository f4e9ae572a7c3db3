import { randomUUID } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../../files/make-folder.ts';
import type { QueuedEnd } from './result-schema.ts';

/** Where vectors stored by jobs are: a concatenation reads those of its members, and is best run on that machine. */

const FILE = 'store-id';

/** Id of a vector store, from a file in the cache: workers that share a cache have the same. undefined if the cache cannot be written. */
export async function storeId(cacheDir: string): Promise<string | undefined> {
  const file = path.join(cacheDir, FILE);
  try {
    await makeFolder(cacheDir);
    const own = randomUUID();
    const fresh = `${file}.${own}`;
    // Linked after writing, so that no other worker reads an empty file.
    await writeFile(fresh, own, { flag: 'wx' });
    try {
      await link(fresh, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await unlink(fresh);
    }
    const id = (await readFile(file, 'utf8')).trim();
    return /^[0-9a-f-]{36}$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Milliseconds to leave a concatenation to a connected worker that has more of its members' vectors than this one: the time that encoding
 * them again would take. 0: no worker has more.
 */
export function worthLeaving({
  members,
  store,
  workers,
}: {
  /** Results of the members. */
  readonly members: readonly QueuedEnd[];
  /** The store of this worker. */
  readonly store: string | undefined;
  /** Names of the connected workers. */
  readonly workers: readonly string[];
}): number {
  const ms = new Map<string, number>();
  const reachable = new Set<string>();
  for (const { end, worker, store: other } of members) {
    if (other === undefined || end.kind !== 'done') continue;
    const seconds = end.result.timings.filter(({ stage }) => stage === 'embed').reduce((sum, each) => sum + each.seconds, 0);
    ms.set(other, (ms.get(other) ?? 0) + 1000 * seconds);
    if (workers.includes(worker)) reachable.add(other);
  }
  const own = store === undefined ? 0 : (ms.get(store) ?? 0);
  return Math.max(0, ...[...reachable].map((each) => ms.get(each)! - own));
}

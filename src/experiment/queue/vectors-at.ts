import { randomUUID } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../../files/make-folder.ts';
import type { QueuedEnd } from './result-schema.ts';

/** Where vectors lie that jobs stored: a concatenation reads those of its members, and is best run where they are. */

const FILE = 'store-id';

/**
 * What a vector store is called, by a file in the cache: workers that share a cache give the same. Without a cache that can be written
 * none.
 */
export async function storeId(cacheDir: string): Promise<string | undefined> {
  const file = path.join(cacheDir, FILE);
  try {
    await makeFolder(cacheDir);
    const own = randomUUID();
    const fresh = `${file}.${own}`;
    // Linked when it is written: no other worker reads a file that is still empty.
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
 * Milliseconds for which a concatenation is worth being left to a worker that has more of its members' vectors than there are here: what
 * encoders would take for those again. 0: nobody who is there has more.
 */
export function worthLeaving({
  members,
  store,
  workers,
}: {
  /** What the members came to. */
  readonly members: readonly QueuedEnd[];
  /** The store of this worker. */
  readonly store: string | undefined;
  /** Names of the workers that are there. */
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

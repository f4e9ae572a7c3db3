import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { reason } from '../errors.ts';
import { shardIsSound } from './shard.ts';
import { type VectorKey } from './vector-key.ts';

/** The vectors of one encoder and pooling, as listed by `bench cache`. */
export interface StoredVectors {
  readonly folder: string;
  /** Pooling and layers, as named by specName. */
  readonly spec: string;
  readonly key: VectorKey | undefined;
  readonly shards: readonly { readonly file: string; readonly bytes: number; readonly used: Date }[];
  readonly bytes: number;
  /** When it was last read or written. */
  readonly used: Date;
}

/** A younger temporary file belongs to a run that is still writing it. */
const HALF_WRITTEN_MS = 3_600_000;

/** Everything in a store's folder; nothing if it does not exist. */
export async function listStore(folder: string): Promise<StoredVectors[]> {
  const found: StoredVectors[] = [];
  for (const encoder of await names(folder)) {
    const key = await readKey(path.join(folder, encoder, 'key.json'));
    for (const spec of await names(path.join(folder, encoder))) {
      const place = path.join(folder, encoder, spec);
      const shards = [];
      for (const name of await names(place)) {
        const file = path.join(place, name);
        const info = await stat(file).catch(() => undefined);
        // Another run is writing it, or has just renamed it; what a crash left is older.
        if (info === undefined || (!name.endsWith('.safetensors') && Date.now() - info.mtimeMs < HALF_WRITTEN_MS)) continue;
        shards.push({ file, bytes: info.size, used: info.mtime > info.atime ? info.mtime : info.atime });
      }
      if (shards.length === 0) continue;
      found.push({
        folder: place,
        spec: spec.replace(/_(.*)_$/, '($1)'),
        key,
        shards,
        bytes: shards.reduce((sum, { bytes }) => sum + bytes, 0),
        used: new Date(Math.max(...shards.map(({ used }) => used.getTime()))),
      });
    }
  }
  return found;
}

/** The damaged shards with their errors, by file; removed if requested. */
export async function verifyStore(stored: readonly StoredVectors[], { remove }: { remove: boolean }): Promise<Map<string, string>> {
  const damaged = new Map<string, string>();
  for (const { file } of stored.flatMap(({ shards }) => shards)) {
    try {
      await shardIsSound(file);
    } catch (error) {
      damaged.set(file, reason(error));
      if (remove) await rm(file, { force: true });
    }
  }
  return damaged;
}

export interface PruneParams {
  /** Removes shards not used since. */
  readonly before?: Date | undefined;
  /** Removes the oldest shards until this many bytes are left. */
  readonly maxBytes?: number | undefined;
}

/** Files to remove, least recently used first. */
export function prunable(
  stored: readonly StoredVectors[],
  { before, maxBytes = Infinity }: PruneParams,
): { file: string; bytes: number }[] {
  const shards = stored.flatMap(({ shards: all }) => all).toSorted((a, b) => a.used.getTime() - b.used.getTime());
  let left = shards.reduce((sum, { bytes }) => sum + bytes, 0);
  return shards.filter(({ bytes, used }) => {
    if (left <= maxBytes && !(before !== undefined && used < before)) return false;
    left -= bytes;
    return true;
  });
}

async function names(folder: string): Promise<string[]> {
  const all = await readdir(folder).catch(() => []);
  return all.filter((name) => name !== 'key.json' && !name.startsWith('.')).toSorted();
}

async function readKey(file: string): Promise<VectorKey | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as VectorKey;
  } catch {
    return undefined; // a folder of vectors without its description can still be pruned
  }
}

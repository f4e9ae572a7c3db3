import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { reason } from '../errors.ts';
import { shardIsSound } from './shard.ts';
import { type VectorKey } from './vector-key.ts';

/** The vectors of one encoder and pooling, as `bench cache` sees them. */
export interface StoredVectors {
  readonly folder: string;
  /** Pooling and layers, as specName says them. */
  readonly spec: string;
  readonly key: VectorKey | undefined;
  readonly shards: readonly { readonly file: string; readonly bytes: number; readonly used: Date }[];
  readonly bytes: number;
  /** When it was last read or written. */
  readonly used: Date;
}

/** A temporary file younger than this belongs to a run that is still writing it. */
const HALF_WRITTEN_MS = 3_600_000;

/** Everything in a store's folder. A folder that is not there holds nothing. */
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
        // Another run is writing it, or has renamed it just now; what a crash left behind is old.
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

/** Why each damaged shard is, by file; damaged ones are removed where asked for. */
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
  /** Shards not used since are removed. */
  readonly before?: Date | undefined;
  /** The oldest are removed until so many bytes are left. */
  readonly maxBytes?: number | undefined;
}

/** Files to remove, the longest unused first. */
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
    return undefined; // a folder of vectors whose description is lost can still be pruned
  }
}

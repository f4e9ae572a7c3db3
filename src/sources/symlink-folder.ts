import { createHash } from 'node:crypto';
import path from 'node:path';
import { linkOrCopy } from './link-or-copy.ts';
import type { LocalFile } from './types.ts';

/**
 * A folder in which files stored elsewhere have the required paths: links, or copies if links are not allowed. Its name is a hash of paths
 * and file hashes, so that the same files give the same folder.
 */
export async function symlinkFolder(
  parent: string,
  files: ReadonlyMap<string, LocalFile>,
): Promise<{ folder: string; files: Map<string, LocalFile> }> {
  const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const name = createHash('sha256')
    .update(sorted.map(([inside, { sha256 }]) => `${inside}\0${sha256}`).join('\n'))
    .digest('hex')
    .slice(0, 16);
  const folder = path.join(parent, name);
  const linked = new Map<string, LocalFile>();
  for (const [inside, file] of sorted) {
    const place = path.join(folder, inside);
    await linkOrCopy({ target: file.path, place });
    linked.set(inside, { ...file, path: place });
  }
  return { folder, files: linked };
}

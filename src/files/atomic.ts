import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { ownPartial } from './partial-files.ts';

/**
 * Writes a file, whole or as consecutive parts, atomically: to a temporary file in the same folder, synced to disk, then renamed; a
 * symbolic link and the file's mode are kept. Its folder must exist. Throws the file system's error.
 * Not write-file-atomic: if the disk fills up during the write, it takes the part that was written for the whole, and renames that.
 */
export async function writeAtomically(file: string, data: string | Uint8Array | readonly Uint8Array[]): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const partial = ownPartial(target);
  try {
    const mode = await stat(target).then(
      (found) => found.mode & 0o777,
      () => undefined,
    );
    const handle = await open(partial, 'wx', mode);
    try {
      await writeFile(handle, data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}

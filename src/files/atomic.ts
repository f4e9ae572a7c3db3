import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { ownPartial } from './partial-files.ts';

/**
 * Writes a file, or its parts one behind the other, whole or not at all: beside it, down to the disk, then renamed; a link stays one, and
 * its mode stays. Its folder must be there. Throws what the file system says.
 * Not write-file-atomic: of a disk that fills amid the data it takes the part that was written for the whole, and renames that.
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

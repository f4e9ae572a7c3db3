import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder and those above it that are missing. Throws what the file system says. Not `mkdir` with `recursive`: where a folder is
 * there and takes no other, and says ENOENT (/proc, places that are mounted when they are asked for), that tries again for ever.
 */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  let place = path.resolve(folder);
  for (; !(await isFolder(place)); place = path.dirname(place)) missing.unshift(place);
  for (const each of missing) {
    await mkdir(each).catch(async (error: unknown) => {
      // Another run has made it since.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isFolder(each))) throw error;
    });
  }
}

/** Whether a folder stands there already. The root of all does, whatever the system says of it. Throws where a file stands above it. */
async function isFolder(place: string): Promise<boolean> {
  if (place === path.dirname(place)) return true;
  return stat(place).then(
    (found) => found.isDirectory(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') throw error;
      return false;
    },
  );
}

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
      // Another run has made it since; or it is a file, which what is to be made below it says better.
      const passes = each !== missing.at(-1) || (await isFolder(each));
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !passes) throw error;
    });
  }
}

/** Whether a folder stands there already. The root of all does, whatever the system says of it. */
async function isFolder(place: string): Promise<boolean> {
  return (
    place === path.dirname(place) ||
    (await stat(place).then(
      (found) => found.isDirectory(),
      () => false,
    ))
  );
}

import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Creates a folder and its missing parents. Throws the file system's error. Not `mkdir` with `recursive`: if an existing folder cannot hold
 * another and reports ENOENT (/proc, automounted paths), that retries forever.
 */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  let place = path.resolve(folder);
  for (; !(await isFolder(place)); place = path.dirname(place)) missing.unshift(place);
  for (const each of missing) {
    await mkdir(each).catch(async (error: unknown) => {
      // Another run has created it since; or it is a file, which the error for the folder below it describes better.
      const passes = each !== missing.at(-1) || (await isFolder(each));
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !passes) throw error;
    });
  }
}

/** Whether the folder exists. The root always does, whatever the system reports. */
async function isFolder(place: string): Promise<boolean> {
  return (
    place === path.dirname(place) ||
    (await stat(place).then(
      (found) => found.isDirectory(),
      () => false,
    ))
  );
}

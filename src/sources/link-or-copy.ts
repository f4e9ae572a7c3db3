import { copyFile, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { ownPartial } from '../files/partial-files.ts';
import { makeFolder } from '../files/make-folder.ts';

/**
 * Creates a link to `target` at `place`, relative if requested, or a copy if links are not allowed. Renamed into place, so that another
 * process always finds the old or the new one.
 */
export async function linkOrCopy({
  target,
  place,
  relative = false,
}: {
  target: string;
  place: string;
  relative?: boolean;
}): Promise<void> {
  const folder = path.dirname(place);
  await makeFolder(folder);
  const partial = ownPartial(place);
  try {
    await symlink(relative ? path.relative(folder, target) : path.resolve(target), partial).catch(() => copyFile(target, partial));
    await rename(partial, place);
  } finally {
    await rm(partial, { force: true });
  }
}

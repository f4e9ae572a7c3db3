import { copyFile, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { ownPart } from '../files/parts.ts';
import { makeFolder } from '../files/make-folder.ts';

/**
 * Puts a link to `target` at `place`, relative where asked for, or a copy where links are not allowed. Renamed into place,
 * so that another process that reads there finds the old or the new one, never none.
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
  const part = ownPart(place);
  try {
    await symlink(relative ? path.relative(folder, target) : path.resolve(target), part).catch(() => copyFile(target, part));
    await rename(part, place);
  } finally {
    await rm(part, { force: true });
  }
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import { HarnessError, option, reason } from '../errors.ts';
import { withLock } from '../files/lock.ts';
import { makeFolder } from '../files/make-folder.ts';

/**
 * Runs `work` while no other run writes to a results folder, which is created if needed.
 * @throws HarnessError OUTPUT if the lock is not available, or the folder cannot be written
 */
export async function withFolderLock(folder: string, work: () => Promise<void>, tries = 10): Promise<void> {
  const lock = path.join(folder, '.lock');
  const busy = () =>
    new HarnessError('OUTPUT', {
      where: lock,
      what: 'It is locked by another run.',
      hint: 'If no such run exists, delete the file.',
    });
  try {
    await makeFolder(folder);
    await withLock(lock, work, { busy });
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    // Another run that started at the same time has tested whether it can create the folder, and removed it again.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(folder) && tries > 1) {
      return withFolderLock(folder, work, tries - 1);
    }
    throw new HarnessError(
      'OUTPUT',
      {
        where: folder,
        what: `It cannot be written (${reason(error)}).`,
        hint: `Free disk space or give another folder with ${option('out')}.`,
      },
      { cause: error },
    );
  }
}

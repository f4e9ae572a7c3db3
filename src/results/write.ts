import { randomUUID } from 'node:crypto';
import { mkdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { HarnessError, option, reason } from '../errors.ts';

/**
 * Writes a file atomically (to a temporary file, then a rename); creates its folder.
 * @throws HarnessError OUTPUT with the system's reason.
 */
export async function writeWhole({ file, text }: { readonly file: string; readonly text: string | Uint8Array }): Promise<void> {
  try {
    await makeFolder(path.dirname(file));
    await writeAtomically(file, text);
  } catch (error) {
    throw new HarnessError(
      'OUTPUT',
      { where: file, what: `Cannot be written (${reason(error)}).`, hint: `Free disk space or give another folder with ${option('out')}.` },
      { cause: error },
    );
  }
}

/**
 * Checks that a folder can be written, before hours of work instead of after. It tries to write, as permissions are not reliable on some
 * file systems. What was created for the test is removed.
 * @throws HarnessError OUTPUT
 */
export async function checkWritable(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryWriting(path.resolve(folder));
    } catch (error) {
      // Another run tests the same folder at this moment, and creates or removes it in between.
      const passes = ['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (passes && attempt < TRIES) continue;
      throw new HarnessError('OUTPUT', {
        where: option('out'),
        what: `${folder} cannot be written (${reason(error)}).`,
        hint: 'Give another folder.',
      });
    }
  }
}

const TRIES = 10;

/** Throws the file system's error. */
async function tryWriting(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let place = folder; ; place = path.dirname(place)) {
    const found = await stat(place).catch(() => undefined);
    if (found === undefined && place !== path.dirname(place)) missing.unshift(place);
    else if (found?.isDirectory() === true) break;
    else throw new Error(`${place} is not a folder`);
  }
  const made: string[] = [];
  try {
    // One level at a time: `recursive` hangs if an existing folder cannot take a subfolder.
    for (const each of missing) {
      await mkdir(each);
      made.unshift(each);
    }
    const probe = path.join(folder, `.${randomUUID()}`);
    await writeFile(probe, '', { flag: 'wx' });
    await rm(probe);
  } finally {
    for (const each of made) await rmdir(each).catch(() => undefined); // not empty: another process has written there
  }
}

import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { HarnessError, reason } from '../errors.ts';

/**
 * Writes a text file whole or not at all (a file beside it, then a rename); makes its folder.
 * @throws HarnessError OUTPUT with the system's reason.
 */
export async function writeWhole({ file, text }: { readonly file: string; readonly text: string }): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFileAtomic(file, text);
  } catch (error) {
    throw new HarnessError(
      'OUTPUT',
      { where: file, what: `Cannot be written (${reason(error)}).`, mend: 'Free the place or name another folder with --out.' },
      { cause: error },
    );
  }
}

/**
 * Whether a folder can be written, or made, without making it: asked before hours of work, not after.
 * @throws HarnessError OUTPUT
 */
export async function checkWritable(folder: string): Promise<void> {
  for (let place = path.resolve(folder); ; place = path.dirname(place)) {
    const found = await stat(place).catch(() => undefined);
    if (found === undefined && place !== path.dirname(place)) continue;
    const problem = found?.isDirectory() === true ? await access(place, constants.W_OK).then(() => undefined, reason) : `${place} is no folder`;
    if (problem === undefined) return;
    throw new HarnessError('OUTPUT', { where: '--out', what: `${folder} cannot be written (${problem}).`, mend: 'Name another folder.' });
  }
}

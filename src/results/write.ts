import { mkdir } from 'node:fs/promises';
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

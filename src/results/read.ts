import { readFile } from 'node:fs/promises';
import { HarnessError, reason } from '../errors.ts';

/** Text of a file; undefined if there is none. @throws HarnessError FORMAT with file, and line if it is not UTF-8. */
export async function readText(file: string): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new HarnessError('FORMAT', { where: file, what: `Cannot be read (${reason(error)}).` }, { cause: error });
  }
  return decode(bytes, file);
}

/** Error for a broken results file; `where`: file and line. */
export function broken(where: string, what: string, hint = 'Correct the line, or delete the file to start over.'): HarnessError {
  return new HarnessError('FORMAT', { where, what, hint });
}

function decode(bytes: Uint8Array, file: string): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    return decoder.decode(bytes);
  } catch {
    for (let start = 0, line = 1; ; line++) {
      const end = bytes.indexOf(0x0a, start);
      try {
        decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
      } catch {
        throw broken(`${file}:${line}`, 'Not UTF-8.');
      }
      start = end + 1;
    }
  }
}

import { stat } from 'node:fs/promises';

/** Tells whether a file has changed since; undefined where there is none. */
export async function fileSignature(file: string): Promise<string | undefined> {
  return stat(file, { bigint: true }).then(
    ({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`,
    () => undefined,
  );
}

import { stat } from 'node:fs/promises';

/** Identifies the state of a file, to detect changes; undefined if there is no file. */
export async function fileSignature(file: string): Promise<string | undefined> {
  return stat(file, { bigint: true }).then(
    ({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`,
    () => undefined,
  );
}

import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** A unique name in the same folder, to write to until the file is complete. */
export function ownPartial(file: string): string {
  return `${file}.${randomUUID().slice(0, 8)}.part`;
}

const OWN_PART = /^\.[0-9a-f]{8}\.part$/;
/**
 * A partial file that has not been written to for this long was left by a killed run: a download from a silent server fails within minutes.
 */
const ABANDONED_MS = 3_600_000;

/** Removes the partial files of a file that killed runs left and that no run resumes. A caller that holds the lock need not wait. */
export async function sweepPartials(file: string, abandonedMs = ABANDONED_MS): Promise<void> {
  const folder = path.dirname(file);
  const base = path.basename(file);
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(base) && OWN_PART.test(each.slice(base.length)))) {
    const partial = path.join(folder, name);
    const touched = await stat(partial).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (Date.now() - touched >= abandonedMs) await rm(partial, { force: true }).catch(() => undefined);
  }
}

import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** A name beside a file for what is not whole yet, that nobody else writes to. */
export function ownPartial(file: string): string {
  return `${file}.${randomUUID().slice(0, 8)}.part`;
}

const OWN_PART = /^\.[0-9a-f]{8}\.part$/;
/** A part that nobody has written to for so long is a killed run's: servers that say nothing are given up within minutes. */
const ABANDONED_MS = 3_600_000;

/** Removes parts of their own that killed runs left beside a file: nobody goes on with them. Who is alone in writing it need not wait. */
export async function sweepPartials(file: string, abandonedMs = ABANDONED_MS): Promise<void> {
  const folder = path.dirname(file);
  const base = path.basename(file);
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(base) && OWN_PART.test(each.slice(base.length)))) {
    const partial = path.join(folder, name);
    const touched = await stat(partial).then(({ mtimeMs }) => mtimeMs, () => Infinity);
    if (Date.now() - touched >= abandonedMs) await rm(partial, { force: true }).catch(() => undefined);
  }
}

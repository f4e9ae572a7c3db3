import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { takeLock } from '../files/lock.ts';

/** A name beside a file for what is not whole yet, that nobody else writes to. */
export function ownPart(file: string): string {
  return `${file}.${randomUUID().slice(0, 8)}.part`;
}

const OWN_PART = /^\.[0-9a-f]{8}\.part$/;
/** A part that nobody has written to for so long is a killed run's: servers that say nothing are given up within minutes. */
const ABANDONED_MS = 3_600_000;

/** Removes parts of their own that killed runs left beside a file: nobody goes on with them. */
export async function sweepParts(file: string): Promise<void> {
  const folder = path.dirname(file);
  const base = path.basename(file);
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(base) && OWN_PART.test(each.slice(base.length)))) {
    const part = path.join(folder, name);
    const touched = await stat(part).then(({ mtimeMs }) => mtimeMs, () => Infinity);
    if (Date.now() - touched > ABANDONED_MS) await rm(part, { force: true }).catch(() => undefined);
  }
}

/** Bytes that an earlier try left; more than the whole file can have are thrown away. */
export async function partSize(part: string, most: number | undefined): Promise<number> {
  const size = await stat(part).then((found) => found.size, () => 0);
  if (most === undefined || size <= most) return size;
  await rm(part, { force: true });
  return 0;
}

export interface Claim {
  readonly part: string;
  readonly release: () => Promise<void>;
}

/** The part file of a download: `to.part`, which a later run goes on with, or one of its own while another download writes that. */
export async function claimPart(to: string): Promise<Claim> {
  await sweepParts(to);
  const part = `${to}.part`;
  const release = await takeLock(`${part}.lock`);
  if (release !== undefined) return { part, release };
  const own = ownPart(to);
  return { part: own, release: () => rm(own, { force: true }) };
}

import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';

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
  const lock = `${part}.lock`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = await open(lock, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return { part, release: () => rm(lock, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if ((await ownerOf(lock)) === 'alive') break;
      await takeAway(lock);
    }
  }
  const own = ownPart(to);
  return { part: own, release: () => rm(own, { force: true }) };
}

/** A lock without a number yet is being written; one that stays so was left. */
const LOCK_WRITTEN_MS = 10_000;

async function ownerOf(lock: string): Promise<'alive' | 'gone' | 'none'> {
  const text = await readFile(lock, 'utf8').catch(() => undefined);
  if (text === undefined) return 'none';
  if (text === '') return Date.now() - (await modified(lock)) < LOCK_WRITTEN_MS ? 'alive' : 'gone';
  const pid = Number(text);
  if (!Number.isInteger(pid) || pid <= 0) return 'gone';
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'gone';
  }
}

/** Removes the lock of an owner that is gone, one run at a time: of several that find it, none must remove the lock that another has made since. */
async function takeAway(lock: string): Promise<void> {
  const guard = `${lock}.guard`;
  try {
    await (await open(guard, 'wx')).close();
  } catch {
    if (Date.now() - (await modified(guard)) > LOCK_WRITTEN_MS) await rm(guard, { force: true });
    return;
  }
  try {
    if ((await ownerOf(lock)) === 'gone') await rm(lock, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** When a file was written; now where there is none any more. */
function modified(file: string): Promise<number> {
  return stat(file).then(({ mtimeMs }) => mtimeMs, () => Date.now());
}

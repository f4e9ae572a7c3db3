import { open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { identity, processStatus } from './process-status.ts';

/** A lock without an owner is just being written; one that stays so was left by a process that was killed in that moment. */
const WRITTEN_MS = 10_000;
/** Polling interval for states that pass by themselves, in milliseconds. */
const LOOK_MS = 5;

/**
 * Takes a lock file unless a living process holds it: the lock of a killed process is taken over at once, the lock of another machine is
 * respected. Returns the function that releases it; undefined if it is held. `wait`: waits until the owner is known, which takes a moment,
 * or ten seconds if a process was killed in it; otherwise such a lock counts as held. Throws the file system's error if it cannot be
 * written.
 */
export async function takeLock(
  file: string,
  { wait = true }: { readonly wait?: boolean } = {},
): Promise<(() => Promise<void>) | undefined> {
  for (;;) {
    const found = await tryLock(file);
    if (found !== 'later') return found === 'held' ? undefined : found;
    if (!wait) return undefined;
    await sleep(LOOK_MS);
  }
}

/** `later`: the owner is not known yet; this lasts longer if a process was killed while writing it. */
async function tryLock(file: string): Promise<(() => Promise<void>) | 'held' | 'later'> {
  for (let attempt = 0; attempt < 2; attempt++) {
    if (await make(file)) {
      await sweepGuard(file);
      return () => rm(file, { force: true });
    }
    const owner = await ownerOf(file);
    if (owner === 'alive') return 'held';
    if (owner === 'unnamed') return 'later';
    if (owner === 'gone') await takeAway(file);
  }
  return 'later';
}

/** Creates a lock file with its owner; false if it exists. Throws the file system's error. */
async function make(file: string): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
  try {
    await writeOwner(handle);
  } catch (error) {
    await rm(file, { force: true }); // a full disk must not lock everybody out
    throw error;
  }
  return true;
}

/** Runs `work` while holding this lock, waiting for it up to `patienceMs`. Throws what `busy` makes if that was not enough. */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  { busy, patienceMs = 30_000 }: { readonly busy: () => Error; readonly patienceMs?: number },
): Promise<T> {
  const until = Date.now() + patienceMs;
  for (let wait = 2; ; wait = Math.min(200, wait * 2)) {
    const release = await tryLock(file);
    if (typeof release === 'function') {
      try {
        return await work();
      } finally {
        await release();
      }
    }
    if (Date.now() > until) throw busy();
    // Jitter, so that waiting processes do not retry in step.
    await sleep(wait * (0.5 + Math.random()));
  }
}

/** Removes the lock of a dead owner, one process at a time: if several find it, none may remove the lock that another has created since. */
async function takeAway(file: string): Promise<void> {
  const guard = guardOf(file);
  if (!(await make(guard))) return sweepGuard(file);
  try {
    // Under the guard nobody else removes it, and nobody can take it while it exists: a dead owner stays dead.
    if ((await ownerOf(file)) === 'gone') await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function guardOf(file: string): string {
  return `${file}.guard`;
}

/** Removes a stale guard: it is held for an instant, and stays only if a process was killed in that instant. */
async function sweepGuard(file: string): Promise<void> {
  const guard = guardOf(file);
  const owner = await ownerOf(guard);
  if (owner === 'none') return;
  if (owner === 'gone' || Date.now() - (await modified(guard)) > WRITTEN_MS) await rm(guard, { force: true });
}

/** `pid host`, and on a second line what distinguishes the process from a later one with the same number. */
async function writeOwner(handle: FileHandle): Promise<void> {
  try {
    await handle.writeFile(`${process.pid} ${hostname()}\n${identity()}`);
  } finally {
    await handle.close();
  }
}

/** The holder of a lock, for a message: `process 12 on host`. */
export async function holderOf(file: string): Promise<string> {
  const { pid, host } = read(await readFile(file, 'utf8').catch(() => '')) ?? {};
  return pid === undefined ? 'another process' : `process ${pid} on ${host}`;
}

/** undefined if it is not an owner. */
function read(text: string): { readonly pid: number; readonly host: string; readonly identity: string } | undefined {
  const [, pid, host, was = ''] = /^(\d+) ([^\n]*)(?:\n(.*))?$/s.exec(text) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), host: host!, identity: was };
}

/**
 * The state of a lock file's owner; `none` if the file no longer exists, `unnamed` if its owner is not written yet. Nothing is known of a
 * process on another machine, or in another container: its lock is respected.
 */
async function ownerOf(file: string): Promise<'alive' | 'gone' | 'none' | 'unnamed'> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return 'none';
  if (text === '') return Date.now() - (await modified(file)) < WRITTEN_MS ? 'unnamed' : 'gone';
  const owner = read(text);
  if (owner === undefined) return 'gone';
  if (owner.host !== hostname()) return 'alive';
  return processStatus(owner.pid, owner.identity) === 'gone' ? 'gone' : 'alive';
}

/** When a file was last modified; now if it no longer exists. */
function modified(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
}

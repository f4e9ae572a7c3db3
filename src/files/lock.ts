import { open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { identity, processStatus } from './process-status.ts';

/** A lock without an owner yet is being written; one that stays so was left by a process that was killed just then. */
const WRITTEN_MS = 10_000;
/** Between looks at what passes by itself. */
const LOOK_MS = 5;

/**
 * Takes a lock file unless a living process holds it: that of a killed process is taken over at once, that of another machine is
 * respected. Returns the function that releases it; undefined where it is held. `wait`: until it is known who holds it, which takes a
 * moment, or ten seconds where a process was killed in it; else such a lock is held. Throws the file system's error where it cannot be
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

/** `later`: who holds it is not known for a moment; for longer where a process was killed in that moment. */
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

/** Makes a lock file with its owner in it; false where there is one. Throws the file system's error. */
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
    await rm(file, { force: true }); // a full disk must not lock anybody out
    throw error;
  }
  return true;
}

/**
 * Runs `work` alone among all that use this lock file, waiting for them up to `patienceMs`. Throws what `busy` makes where that was not
 * enough.
 */
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

/**
 * Removes the lock of an owner that is gone, one run at a time: of several that find it, none must remove the lock that another has made
 * since.
 */
async function takeAway(file: string): Promise<void> {
  const guard = guardOf(file);
  if (!(await make(guard))) return sweepGuard(file);
  try {
    // Nobody else takes it away, and nobody can take it as long as it is there: what is gone now stays gone.
    if ((await ownerOf(file)) === 'gone') await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function guardOf(file: string): string {
  return `${file}.guard`;
}

/** Removes a guard that was left: it is held for the blink of an eye, and a process that was killed in it leaves it. */
async function sweepGuard(file: string): Promise<void> {
  const guard = guardOf(file);
  const owner = await ownerOf(guard);
  if (owner === 'none') return;
  if (owner === 'gone' || Date.now() - (await modified(guard)) > WRITTEN_MS) await rm(guard, { force: true });
}

/** `pid host`, and on a line of its own what tells the process from a later one of the same number. */
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

/** Undefined for what is no owner. */
function read(text: string): { readonly pid: number; readonly host: string; readonly identity: string } | undefined {
  const [, pid, host, was = ''] = /^(\d+) ([^\n]*)(?:\n(.*))?$/s.exec(text) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), host: host!, identity: was };
}

/**
 * Whose a lock file is; `none` where there is none any more, `unnamed` where its owner is yet to be written. Of another machine, or
 * container, nothing can be known: its lock is respected.
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

/** When a file was written; now where there is none any more. */
function modified(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
}

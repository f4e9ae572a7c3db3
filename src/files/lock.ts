import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** A lock without an owner yet is being written; one that stays so was left. */
const WRITTEN_MS = 10_000;

/**
 * Takes a lock file, where nobody who lives has it: what a killed process left is taken over at once, another machine's is
 * respected. Gives what lets it go; undefined where somebody has it. Throws what the file system says, where it cannot be written.
 */
export async function takeLock(file: string): Promise<(() => Promise<void>) | undefined> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(`${process.pid} ${hostname()}`).finally(() => handle.close());
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (await isHeld(file)) return undefined;
      await removeLeft(file);
    }
  }
  return undefined;
}

/** Runs `work` alone among all that use this lock file, waiting for them up to `patienceMs`. Throws what `busy` makes where that was not enough. */
export async function withLock<T>(file: string, work: () => Promise<T>, { busy, patienceMs = 30_000 }: { readonly busy: () => Error; readonly patienceMs?: number }): Promise<T> {
  const until = Date.now() + patienceMs;
  for (let wait = 2; ; wait = Math.min(200, wait * 2)) {
    const release = await takeLock(file);
    if (release !== undefined) {
      try {
        return await work();
      } finally {
        await release();
      }
    }
    if (Date.now() > until) throw busy();
    // Not in step with the others who wait.
    await sleep(wait * (0.5 + Math.random()));
  }
}

/** Removes the lock of an owner that is gone, one run at a time: of several that find it, none must remove the lock that another has made since. */
async function removeLeft(file: string): Promise<void> {
  const guard = `${file}.guard`;
  try {
    await (await open(guard, 'wx')).close();
  } catch {
    if (Date.now() - (await modified(guard)) > WRITTEN_MS) await rm(guard, { force: true });
    return;
  }
  try {
    if (!(await isHeld(file))) await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function isHeld(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  if (text === '') return Date.now() - (await modified(file)) < WRITTEN_MS;
  const [, pid, host] = /^(\d+) (.*)$/s.exec(text) ?? [];
  if (pid === undefined) return false;
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a file was written; now where there is none any more. */
function modified(file: string): Promise<number> {
  return stat(file).then(({ mtimeMs }) => mtimeMs, () => Date.now());
}

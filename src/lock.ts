import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
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

/** Two may find the same lock left: renaming is what only one of them can do, and what was taken by mistake is put back. */
async function removeLeft(file: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    if (await isHeld(aside)) await link(aside, file).catch(() => undefined);
    await rm(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function isHeld(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text === '') return stat(file).then(({ mtimeMs }) => Date.now() - mtimeMs < WRITTEN_MS, () => false);
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

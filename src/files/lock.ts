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
      const release = (): Promise<void> => rm(file, { force: true });
      try {
        await handle.writeFile(`${process.pid} ${hostname()}`).finally(() => handle.close());
      } catch (error) {
        await release(); // a full disk must not lock anybody out
        throw error;
      }
      return release;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = await ownerOf(file);
      if (owner === 'alive') return undefined;
      if (owner === 'gone') await takeAway(file);
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
async function takeAway(file: string): Promise<void> {
  const guard = `${file}.guard`;
  try {
    await (await open(guard, 'wx')).close();
  } catch {
    if (Date.now() - (await modified(guard)) > WRITTEN_MS) await rm(guard, { force: true });
    return;
  }
  try {
    // Nobody else takes it away, and nobody can take it as long as it is there: what is gone now stays gone.
    if ((await ownerOf(file)) === 'gone') await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** Whose a lock file is; `none` where there is none any more. */
async function ownerOf(file: string): Promise<'alive' | 'gone' | 'none'> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return 'none';
  if (text === '') return Date.now() - (await modified(file)) < WRITTEN_MS ? 'alive' : 'gone';
  const [, pid, host] = /^(\d+) (.*)$/s.exec(text) ?? [];
  if (pid === undefined) return 'gone';
  if (host !== hostname()) return 'alive';
  try {
    process.kill(Number(pid), 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'gone';
  }
}

/** When a file was written; now where there is none any more. */
function modified(file: string): Promise<number> {
  return stat(file).then(({ mtimeMs }) => mtimeMs, () => Date.now());
}

import { rm, stat } from 'node:fs/promises';
import { takeLock } from '../files/lock.ts';
import { ownPartial, sweepPartials } from '../files/partial-files.ts';

/** Number of bytes left by an earlier attempt; more than the whole file can have are discarded. */
export async function partialSize(partial: string, most: number | undefined): Promise<number> {
  const size = await stat(partial).then(
    (found) => found.size,
    () => 0,
  );
  if (most === undefined || size <= most) return size;
  await rm(partial, { force: true });
  return 0;
}

export interface Claim {
  readonly partial: string;
  readonly release: () => Promise<void>;
}

/** The partial file of a download: `to.part`, which a later run resumes, or a separate one while another download writes that. */
export async function claimPartialDownload(to: string): Promise<Claim> {
  await sweepPartials(to);
  const partial = `${to}.part`;
  // A download locked by another process is repeated separately: there is no waiting.
  const release = await takeLock(`${partial}.lock`, { wait: false });
  if (release !== undefined) return { partial, release };
  const own = ownPartial(to);
  return { partial: own, release: () => rm(own, { force: true }) };
}

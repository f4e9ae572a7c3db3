import { rm, stat } from 'node:fs/promises';
import { takeLock } from '../files/lock.ts';
import { ownPartial, sweepPartials } from '../files/partial-files.ts';

/** Bytes that an earlier try left; more than the whole file can have are thrown away. */
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

/** The partial file of a download: `to.part`, which a later run goes on with, or one of its own while another download writes that. */
export async function claimPartialDownload(to: string): Promise<Claim> {
  await sweepPartials(to);
  const partial = `${to}.part`;
  // A download that another holds is made once more beside it: nobody waits.
  const release = await takeLock(`${partial}.lock`, { wait: false });
  if (release !== undefined) return { partial, release };
  const own = ownPartial(to);
  return { partial: own, release: () => rm(own, { force: true }) };
}

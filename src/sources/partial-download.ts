import { rm, stat } from 'node:fs/promises';
import { takeLock } from '../files/lock.ts';
import { ownPart, sweepParts } from '../files/parts.ts';

/** Bytes that an earlier try left; more than the whole file can have are thrown away. */
export async function partialSize(part: string, most: number | undefined): Promise<number> {
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
export async function claimPartialDownload(to: string): Promise<Claim> {
  await sweepParts(to);
  const part = `${to}.part`;
  const release = await takeLock(`${part}.lock`);
  if (release !== undefined) return { part, release };
  const own = ownPart(to);
  return { part: own, release: () => rm(own, { force: true }) };
}

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A matrix larger than this (32 MB) is worth a garbage collection of what reading and embedding have left. */
export const LARGE = 8 << 20;

let collect: (() => void) | undefined;

/**
 * Runs a garbage collection: before a large matrix is allocated, since the collector would otherwise keep unused memory along with it.
 * Takes a few milliseconds.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

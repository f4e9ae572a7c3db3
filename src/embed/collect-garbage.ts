import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A matrix of more numbers than this (32 MB) is worth a collection of what reading and embedding left. */
export const LARGE = 8 << 20;

let collect: (() => void) | undefined;

/**
 * Frees what is not needed any more, now: before a large matrix is made, beside which it would otherwise stand, since the
 * collector sees no need. Takes some milliseconds.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

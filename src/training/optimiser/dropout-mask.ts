import { HarnessError } from '../../errors.ts';
import { FloatMemory } from './float-memory.ts';

export interface DropoutParams {
  /** Of the run; an integer. */
  readonly seed: number;
  /** Of training, counted from 0. */
  readonly step: number;
  /** Index of the dropout in the graph, from 0. */
  readonly site: number;
  /** Dropout probability: at least 0, below 1. */
  readonly rate: number;
}

/**
 * Fills `view`, which is in a FloatMemory, with the factors of inverted dropout (Srivastava et al. 2014): 0 with probability `rate`, else 1
 * / (1 - rate). Number i is a hash of (seed, step, site, i) only: it is independent of the order of drawing, and a longer view begins like
 * a shorter one.
 */
export function dropoutMask(view: Float32Array<ArrayBuffer>, { seed, step, site, rate }: DropoutParams): void {
  if (!(rate >= 0 && rate < 1)) throw new HarnessError('SHAPE', { what: `A dropout rate is at least 0 and below 1, got ${rate}.` });
  const [key, key2] = [keyOf(0x9e3779b9, { seed, step, site }), keyOf(0x85ebca6b, { seed, step, site })];
  // Of the 2^32 equally likely signed numbers, those below this threshold become zeros.
  const threshold = Math.min(Math.round(rate * 2 ** 32), 2 ** 32 - 1) - 2 ** 31;
  FloatMemory.of(view).kernels.dropoutMask(view.byteOffset, view.length, key, key2, threshold, 1 / (1 - rate));
}

function keyOf(start: number, { seed, step, site }: Pick<DropoutParams, 'seed' | 'step' | 'site'>): number {
  return [seed, Math.floor(seed / 2 ** 32), step, site].reduce((key, part) => mix((key ^ part) + 0x9e3779b9), start);
}

/** Finaliser of MurmurHash3 (Appleby 2011). */
function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

import type { PositionStart } from '../encoders/position-start.ts';

export interface PositionIdsParams {
  /** [texts, length], without padding. */
  readonly ids: Int32Array;
  readonly length: number;
  readonly positions: PositionStart;
}

/**
 * Positions of tokens [texts, length], as RoBERTa counts them if there is a padding id: a padding token spelled out in a text has the
 * position before the first, and later tokens are counted as if it were not there.
 */
export function positionIds({ ids, length, positions: { first, padding } }: PositionIdsParams): Int32Array {
  const out = new Int32Array(ids.length);
  for (let at = 0; at < ids.length;) {
    const end = at + length;
    for (let next = first; at < end; at++) out[at] = ids[at] === padding ? first - 1 : next++;
  }
  return out;
}

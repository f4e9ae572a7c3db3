import { HarnessError, option } from '../errors.ts';
import { randomInts, shuffleFront } from '../numeric/random.ts';
import { keepTogether } from './keep-together.ts';

export const TAKES = ['first', 'last'] as const;
export type Take = (typeof TAKES)[number];

export interface CutParams {
  /** Class of each row of the train set. */
  readonly classes: readonly string[];
  /** Which end of each class becomes the dev set. */
  readonly take: Take;
  /** Fraction of each class, above 0 and below 1. */
  readonly share: number;
  readonly seed: number;
  /** Text of each row: copies of a text are then kept on one side. Omitted to reproduce a published split row by row. */
  readonly texts?: readonly string[] | undefined;
}

export interface Cut {
  readonly train: readonly number[];
  readonly dev: readonly number[];
  /** Number of rows that changed sides, to keep copies of a text together. */
  readonly moved: number;
}

/**
 * Makes a fixed split: the first or last `share` of each class, rounded, is the dev set, so that it is as balanced as the train set; then
 * both are shuffled. Rows are indices into `classes`.
 */
export function cutDev({ classes, take, share, seed, texts }: CutParams): Cut {
  if (!(share > 0 && share < 1)) {
    throw new HarnessError('OPTION', { where: option('share'), what: `It takes a number above 0 and below 1, got ${share}.` });
  }
  const rowsOf = new Map<string, number[]>();
  for (const [i, name] of classes.entries()) {
    const rows = rowsOf.get(name);
    if (rows === undefined) rowsOf.set(name, [i]);
    else rows.push(i);
  }
  const taken: number[] = [];
  for (const rows of rowsOf.values()) {
    const count = Math.round(rows.length * share);
    for (const row of take === 'first' ? rows.slice(0, count) : rows.slice(rows.length - count)) taken.push(row);
  }
  const { rows: kept, moved } = texts === undefined ? { rows: taken, moved: 0 } : keepTogether({ texts, classes, drawn: taken });
  const inDev = new Set(kept);
  const draw = randomInts(seed);
  const all = classes.map((_, i) => i);
  return {
    train: shuffleFront(
      all.filter((row) => !inDev.has(row)),
      draw,
    ),
    dev: shuffleFront(
      all.filter((row) => inDev.has(row)),
      draw,
    ),
    moved,
  };
}

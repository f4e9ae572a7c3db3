import { HarnessError, option } from '../errors.ts';
import { byCodePoint } from './code-points.ts';
import { randomInts, shuffleFront } from '../numeric/random.ts';

/** Number of possible start positions of a class within a step. */
const STARTS = 1 << 24;

export interface SampleParams {
  /** Class of each row. */
  readonly classes: readonly string[];
  readonly size: number;
  readonly seed: number;
}

/**
 * Rows of a class-stratified sample, ascending: shares by largest remainder, with at least one row per class if `size` allows it. All rows
 * if there are at most `size`.
 */
export function stratifiedSample({ classes, size, seed }: SampleParams): number[] {
  if (!Number.isInteger(size) || size < 1) {
    throw new HarnessError('OPTION', { where: option('limit'), what: `It takes a whole number of at least 1, got ${size}.` });
  }
  if (classes.length <= size) return classes.map((_, i) => i);
  const groups = byClass(classes);
  const shares = largestRemainder(
    groups.map((rows) => rows.length),
    size,
  );
  const draw = randomInts(seed);
  return groups.flatMap((rows, c) => shuffleFront(rows, draw, shares[c]).slice(0, shares[c])).toSorted((a, b) => a - b);
}

/** `size` divided in proportion to `counts`, as integers; none is 0 if `size` allows. Equal remainders: the first. size < sum of counts. */
export function largestRemainder(counts: readonly number[], size: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const quotas = counts.map((count) => (count * size) / total);
  const least = size >= counts.length ? 1 : 0;
  const shares = quotas.map((quota) => Math.max(least, Math.floor(quota)));
  let left = size - shares.reduce((sum, share) => sum + share, 0);
  while (left !== 0) {
    const step = Math.sign(left);
    let best = -1;
    for (let c = 0; c < counts.length; c++) {
      const possible = step > 0 ? shares[c]! < counts[c]! : shares[c]! > least;
      if (possible && (best < 0 || step * (quotas[c]! - shares[c]!) > step * (quotas[best]! - shares[best]!))) best = c;
    }
    shares[best]! += step;
    left -= step;
  }
  return shares;
}

/**
 * All rows in an order whose every prefix is a class-stratified sample, so that samples are nested: each class is shuffled, and its rows
 * are spread evenly over the order, from a random position (systematic sampling). Each class has its share up to about one row.
 */
export function nestedOrder({ classes, seed }: Omit<SampleParams, 'size'>): number[] {
  const draw = randomInts(seed);
  const placed = byClass(classes).flatMap((rows) => {
    const start = draw(0, STARTS - 1) / STARTS;
    return shuffleFront(rows, draw).map((row, i) => ({ row, place: (i + start) / rows.length }));
  });
  return placed.toSorted((a, b) => a.place - b.place || a.row - b.row).map(({ row }) => row);
}

/** Rows of each class, in code point order of their names. */
function byClass(classes: readonly string[]): number[][] {
  const rowsOf = new Map<string, number[]>();
  for (const [i, name] of classes.entries()) {
    const rows = rowsOf.get(name);
    if (rows === undefined) rowsOf.set(name, [i]);
    else rows.push(i);
  }
  return [...rowsOf.keys()].toSorted(byCodePoint).map((name) => rowsOf.get(name)!);
}

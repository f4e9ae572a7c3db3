import { byCodePoint } from './code-points.ts';

const WHOLE = /^(0|-?[1-9]\d*)$/;

/**
 * Classes in the order that breaks voting ties, as scikit-learn sorts them: as numbers if all are plain integers (2 before 10), by code
 * point otherwise. `01` is not a plain integer: it is another class than `1`.
 */
export function sortedClasses(names: Iterable<string>): string[] {
  const classes = [...new Set(names)];
  return classes.every((name) => WHOLE.test(name)) ? classes.toSorted(byNumber) : classes.toSorted(byCodePoint);
}

function byNumber(a: string, b: string): number {
  const [x, y] = [BigInt(a), BigInt(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

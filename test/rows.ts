import { rowSource, type Rows } from '../src/numeric/rows.ts';

/** All numbers of rows, in memory or in a file. */
export function numbersOf(rows: Rows): number[] {
  const source = rowSource(rows);
  return Array.from({ length: rows.rows }, (_, i) => {
    const at = source.at(i);
    return [...source.data.subarray(at, at + rows.cols)];
  }).flat();
}

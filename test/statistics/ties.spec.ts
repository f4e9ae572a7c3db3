import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListOutcomes } from '../../src/statistics/ties.ts';
import { eliminationPs } from '../../src/statistics/elimination.ts';
import { againstFirst, standings } from '../../src/statistics/ties.ts';

/** Texts of two classes; those before `right` are correct. */
function outcomes(n: number, right: (i: number) => boolean): ListOutcomes {
  return { kind: 'single', truth: new Int32Array(n), predicted: Int32Array.from({ length: n }, (_, i) => Number(!right(i))), classes: 2 };
}

/** Without the rounding of logarithms. */
function rounded(ps: readonly number[]): number[] {
  return ps.map((p) => Number(p.toPrecision(12)));
}

test('ties: p against the best is Holm-corrected for the comparisons with it', () => {
  // Of 40 texts: the first has all correct, the second misses 6, the third 20: McNemar 2 / 2^6 and 2 / 2^20.
  const ps = againstFirst([outcomes(40, () => true), outcomes(40, (i) => i >= 6), outcomes(40, (i) => i >= 20)]);
  assert.deepEqual(rounded(ps), [1, 2 / 2 ** 6, rounded([4 / 2 ** 20])[0]]);
  // With only the first it is the same test, with fewer corrections.
  assert.deepEqual(rounded(againstFirst([outcomes(40, () => true), outcomes(40, (i) => i >= 20)])), [1, rounded([2 / 2 ** 20])[0]]);
  assert.deepEqual(againstFirst([outcomes(40, () => true)]), [1]);
  assert.deepEqual(againstFirst([]), []);
});

test('ties: who is eliminated is compared with every other, which says less of each', () => {
  const all = [outcomes(40, () => true), outcomes(40, (i) => i >= 6), outcomes(40, (i) => i >= 20)];
  assert.deepEqual(rounded(eliminationPs(all)), [1, 2 / 2 ** 6, rounded([6 / 2 ** 20])[0]]);
  assert.deepEqual([eliminationPs([]), eliminationPs(all.slice(0, 1))], [[], [1]]);
});

test('ties: texts beyond a word count', () => {
  assert.deepEqual(rounded(againstFirst([outcomes(100, () => true), outcomes(100, (i) => i < 92)])), [1, 2 / 2 ** 8]);
});

test('ties: several that are not significantly different from the first share its place; one alone has it to itself', () => {
  assert.deepEqual(standings([1, 0.2, 0.01, 0.3]), [
    { rank: 1, tied: true },
    { rank: 1, tied: true },
    { rank: 3, tied: false },
    { rank: 1, tied: true },
  ]);
  assert.deepEqual(standings([1, 0.04]), [
    { rank: 1, tied: false },
    { rank: 2, tied: false },
  ]);
  assert.deepEqual(standings([undefined, undefined]), [
    { rank: 1, tied: false },
    { rank: 2, tied: false },
  ]);
});

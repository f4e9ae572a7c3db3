import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, integer, nat, property, tuple } from 'fast-check';
import { againstBest, isTied, type AgainstBest } from '../../src/statistics/against-best.ts';
import { mcnemarAgainst, type CorrectTexts } from '../../src/statistics/mcnemar-against.ts';
import { near, REFERENCE } from './reference.ts';

function bits(n: number, right: readonly number[]): CorrectTexts {
  const words = new Uint32Array(Math.ceil(n / 32));
  for (const text of right) words[text >>> 5]! |= 1 << (text & 31);
  return words;
}

/** A group of results, each with the texts that it has correct. */
function column(n: number, results: readonly (readonly number[])[]): AgainstBest | undefined {
  const right = results.map((texts) => bits(n, texts));
  return againstBest({ scores: results.map((texts) => texts.length), test: (best) => mcnemarAgainst(right, best) });
}

test('against the best: McNemar and Holm of statsmodels, to 1e-12 of each p', () => {
  assert.ok(REFERENCE.groups.every(({ group }) => group.includes(true) && group.includes(false)));
  for (const { n, right, best, ps, group } of REFERENCE.groups) {
    const found = column(n, right)!;
    assert.deepEqual([found.best, found.comparisons, found.ps.map(isTied)], [best, right.length - 1, group]);
    for (const [i, p] of found.ps.entries()) assert.ok(near(p, ps[i]!, 1e-12), `${i}: ${p}, statsmodels ${ps[i]}`);
  }
});

test('against the best: of equal ones the first; one result alone is no contest', () => {
  const ps = [0.2, 0.5, 0.001, 0.9];
  assert.deepEqual(againstBest({ scores: [5, 9, 7, 9], test: () => ps }), { best: 1, comparisons: 3, ps: [0.4, 1, 0.003, 0.9] });
  assert.deepEqual(againstBest({ scores: [7, 9], test: () => [0.02, 1] })!.ps.map(isTied), [false, true]);
  assert.equal(againstBest({ scores: [7], test: () => assert.fail('nothing to test') }), undefined);
  assert.equal(againstBest({ scores: [], test: () => assert.fail('nothing to test') }), undefined);
});

const N = 60;
/** Results with some texts that are hard for all, so that some differ significantly and others do not. */
const result = tuple(integer({ min: 0, max: N }), array(integer({ min: 0, max: N - 1 }), { maxLength: 12 })).map(([right, flips]) =>
  Array.from({ length: N }, (_, text) => text).filter((text) => text < right !== flips.includes(text)),
);

test('against the best: a result that is added and is not the best makes others tied at most, by the one comparison more', () => {
  let changed = 0;
  check(
    property(array(result, { minLength: 2, maxLength: 8 }), result, nat(), (results, added, at) => {
      const place = at % (results.length + 1);
      const before = column(N, results)!;
      const more = results.toSpliced(place, 0, added);
      const after = column(N, more)!;
      const same = before.best < place ? before.best : before.best + 1;
      assert.equal(after.comparisons, before.comparisons + 1);
      if (after.best !== same) return assert.ok(after.best === place && added.length >= results[before.best]!.length);
      const old = after.ps.toSpliced(place, 1);
      for (const [i, p] of before.ps.entries()) {
        assert.ok(old[i]! >= p, 'p never falls');
        // One comparison more multiplies by at most (m + 1) / m, for the rest of Holm's sequence; the largest so far is carried on.
        assert.ok(old[i]! <= Math.max(2 * p, ...after.ps.filter((_, j) => j === place)) + 1e-12);
        if (isTied(old[i]!) !== isTied(p)) changed++;
      }
      // An added result changes nothing once it is removed again.
      assert.deepEqual(column(N, more.toSpliced(place, 1)), before);
      return undefined;
    }),
    { numRuns: 300, seed: 1 },
  );
  assert.ok(changed > 0, 'no verdict changed: the property says little');
});

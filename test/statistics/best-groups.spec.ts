import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestGroups } from '../../src/statistics/best-groups.ts';
import { mcnemarPairs } from '../../src/statistics/mcnemar-pairs.ts';
import { near, REFERENCE } from './reference.ts';

function bits(n: number, right: readonly number[]): Uint32Array {
  const words = new Uint32Array(Math.ceil(n / 32));
  for (const text of right) words[text >>> 5]! |= 1 << (text & 31);
  return words;
}

test('mcnemar of all pairs: p of statsmodels, to 1e-12 of it', () => {
  for (const { n, right, ps } of REFERENCE.groups) {
    const found = mcnemarPairs(right.map((texts) => bits(n, texts)));
    assert.equal(found.length, ps.length);
    for (const [i, p] of found.entries()) assert.ok(near(p, ps[i]!, 1e-12), `${i}: ${p}, statsmodels ${ps[i]}`);
  }
});

test('best groups: those of statsmodels, Holm over all columns of a table', () => {
  const contests = REFERENCE.groups.map(({ n, right }) => ({ scores: right.map((texts) => texts.length), ps: mcnemarPairs(right.map((texts) => bits(n, texts))) }));
  const groups = REFERENCE.groups.map(({ group }) => group);
  assert.ok(groups.every((group) => group.includes(true) && group.includes(false)));
  assert.deepEqual(bestGroups(contests), groups);
});

test('best groups: a column alone finds more than the same column in a large table', () => {
  const column = { scores: [90, 80], ps: [0.02] };
  const noise = { scores: [3, 2, 1], ps: [0.5, 0.5, 0.5] };
  assert.deepEqual(bestGroups([column]), [[true, false]]);
  assert.deepEqual(bestGroups([noise, column]), [[true, true, true], [true, true]]);
});

test('best groups: what is told from one of several best is not one of them; pairs in any order of the scores', () => {
  assert.deepEqual(bestGroups([{ scores: [5, 9, 7, 9], ps: [0.9, 0.9, 0.001, 0.9, 1, 0.9] }]), [[false, true, true, true]]);
  assert.deepEqual(bestGroups([{ scores: [9, 7], ps: [0] }, { scores: [7, 9], ps: [1] }]), [[true, false], [true, true]]);
  assert.deepEqual(bestGroups([]), []);
});

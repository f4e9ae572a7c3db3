import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScoredNumbers, type NumberCounts } from '../../../src/classifiers/output/scored-numbers.ts';

const RESIDUALS = { residuals: { split: 'dev', texts: 10, share: 0.9, low: -1, high: 0.5 } } as const;
const ROWS = [
  ['1', 1.9],
  [2, 2],
  [' 3.5e0 ', 3],
  ['4', 5.5],
  ['', 1],
  [null, 1],
  ['many', 1],
  [true, 1],
] as const;

test('scored numbers: what has none is not scored; the interval reaches as far as the residuals', () => {
  const scored = new ScoredNumbers(RESIDUALS);
  assert.equal(scored.scores(), undefined);
  for (const [label, value] of ROWS) scored.add({ label }, { value });
  const { scores, unlabelled, unreadable, covered } = scored.scores()!;
  assert.deepEqual([scores.n, unlabelled, unreadable, covered], [4, 2, 2, 0.75]);
  assert.ok(Math.abs(scores.mae - (0.9 + 0 + 0.5 + 1.5) / 4) < 1e-12);
  const plain = new ScoredNumbers({});
  plain.add({ label: 1 }, { value: 1 });
  assert.equal(plain.scores()!.covered, undefined);
});

test('scored numbers: resumed, even after the last row, they are the same', () => {
  const whole = new ScoredNumbers(RESIDUALS);
  for (const [label, value] of ROWS) whole.add({ label }, { value });
  for (const stop of [0, 3, ROWS.length]) {
    const before = new ScoredNumbers(RESIDUALS);
    for (const [label, value] of ROWS.slice(0, stop)) before.add({ label }, { value });
    const after = new ScoredNumbers(RESIDUALS, JSON.parse(JSON.stringify(before.counts)) as NumberCounts);
    for (const [label, value] of ROWS.slice(stop)) after.add({ label }, { value });
    assert.deepEqual(after.scores(), whole.scores());
  }
});

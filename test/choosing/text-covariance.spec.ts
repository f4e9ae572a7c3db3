import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textCovariance } from '../../src/choosing/text-covariance.ts';
import { eachResample } from '../../src/statistics/each-resample.ts';
import { kindsOf } from '../../src/statistics/kinds.ts';
import type { ClassOutcomes } from '../../src/statistics/outcomes.ts';
import { Tally, type Tallied } from '../../src/statistics/tally.ts';
import { share, signs } from './outcomes.ts';

/** A plain paired bootstrap: all scores of each resample, and their covariance. */
function bootstrapped(all: readonly ClassOutcomes[], score: Tallied, resamples: number): number[] {
  const kinds = kindsOf([all[0]!.truth, ...all.map(({ predicted }) => predicted)]);
  const tallies = all.map((outcomes) => new Tally({ outcomes, examples: kinds.examples }));
  const into = { accuracy: 0, microF1: 0, macroF1: 0 };
  const rows: number[][] = [];
  eachResample({ kinds, resamples, seed: 9 }, (counts) => {
    rows.push(tallies.map((tally) => (tally.score(counts, kinds.of.length, into), into[score])));
  });
  const mean = (of: (row: number[]) => number): number => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  return all.flatMap((_, i) => all.map((_other, j) => mean((row) => row[i]! * row[j]!) - mean((row) => row[i]!) * mean((row) => row[j]!)));
}

test('covariance: of accuracy the limit of the paired bootstrap, to 5% of the largest', () => {
  const all = [share(200, 150), share(200, 140, 20), share(200, 190)];
  const found = textCovariance(all, 'microF1');
  const expected = bootstrapped(all, 'microF1', 20_000);
  const most = Math.max(...expected);
  for (const [at, value] of expected.entries()) {
    const pseudo = at % 4 === 0 ? 1 / (2 * 200 * 200) : 0;
    assert.ok(Math.abs(found[at]! - pseudo - value) < 0.05 * most, `${at}: ${found[at]} and ${value}`);
  }
});

/** Texts of three classes, some of which are given none or another. */
const several = (shift: number): ClassOutcomes => ({
  kind: 'multi',
  truth: Array.from({ length: 90 }, (_, text) => Int32Array.of(text % 3)),
  predicted: Array.from({ length: 90 }, (_, text) =>
    text % 7 === shift ? Int32Array.of() : Int32Array.of(text % (3 - (text % 11 === shift ? 1 : 0))),
  ),
  classes: 3,
});

test('covariance: of macro-F1, and of texts with several labels, that of resamples, to 15% of the largest', () => {
  for (const [all, score] of [
    [[share(120, 90), share(120, 80, 15)], 'macroF1'],
    [[several(1), several(2)], 'microF1'],
  ] as const) {
    const found = textCovariance(all, score);
    const expected = bootstrapped(all, score, 5000);
    const most = Math.max(...expected);
    for (const [at, value] of expected.entries()) {
      const pseudo = at % 3 === 0 ? 1 / (2 * all[0].truth.length ** 2) : 0;
      assert.ok(Math.abs(found[at]! - pseudo - value) < 0.15 * most, `${score} ${at}: ${found[at]} and ${value}`);
    }
  }
});

test('covariance: two that agree on all of few texts are not taken for equal', () => {
  const [a, b] = [signs('1110'), signs('1110')];
  const [aa, ab, , bb] = textCovariance([a, b], 'microF1');
  // As if they differed on one text of the four.
  assert.ok(Math.abs(aa! + bb! - 2 * ab! - 1 / 16) < 1e-12);
});

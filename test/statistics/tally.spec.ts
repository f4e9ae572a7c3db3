import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindsOf } from '../../src/statistics/kinds.ts';
import { scoresOf, type ClassOutcomes } from '../../src/statistics/outcomes.ts';
import { Tally } from '../../src/statistics/tally.ts';
import { multi, RESAMPLED } from './reference.ts';

/** Scores with each text counted this many times. */
function tallied(outcomes: ClassOutcomes, times: readonly number[]): { accuracy: number; microF1: number; macroF1: number } {
  const { of, examples } = kindsOf([outcomes.truth, outcomes.predicted]);
  const counts = new Int32Array(examples.length);
  for (const [text, count] of times.entries()) counts[of[text]!]! += count;
  const scores = { accuracy: NaN, microF1: NaN, macroF1: NaN };
  new Tally({ outcomes, examples }).score(
    counts,
    times.reduce((sum, count) => sum + count, 0),
    scores,
  );
  return scores;
}

test('tally: every text once scores as the whole does, to the last bit', () => {
  for (const { first } of RESAMPLED) {
    const { accuracy, microF1, macroF1 } = scoresOf(first);
    assert.deepEqual(
      tallied(
        first,
        Array.from({ length: first.truth.length }, () => 1),
      ),
      { accuracy, microF1, macroF1 },
    );
  }
});

test('tally: a class that a resample lacks is left out of macro-F1, as scikit-learn leaves it out', () => {
  const outcomes: ClassOutcomes = { kind: 'single', truth: Int32Array.of(0, 0, 1, 2), predicted: Int32Array.of(0, 1, 1, 2), classes: 4 };
  // Texts 0 and 2 only: classes 0 and 1 are correct, class 2 is absent, class 3 never occurs.
  assert.deepEqual(tallied(outcomes, [1, 0, 1, 0]), { accuracy: 1, microF1: 1, macroF1: 1 });
});

test('tally: no label at all is a text that is right, and F1 of 0', () => {
  assert.deepEqual(tallied(multi([[], [0]], [[], [1]], 2), [2, 0]), { accuracy: 1, microF1: 0, macroF1: 0 });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRound, type RoundPlan, type RoundPlanParams } from '../../src/choosing/plan-round.ts';

/** Training on 1000 texts costs 1000. */
const plan = (given: Partial<RoundPlanParams>): RoundPlan =>
  planRound({
    standing: ['a', 'b', 'c', 'd'],
    done: 0,
    seedsDone: [0, 0, 0, 0],
    full: 1000,
    smallest: 50,
    seeds: [1, 2],
    left: 0,
    certain: true,
    costOf: (_name, size) => size,
    ...given,
  });

for (const { name, given, expected } of [
  {
    name: 'a first round shares what is left beside the winner’s training',
    given: { left: 2000 },
    expected: { kind: 'round', size: 125, seed: 1 },
  },
  { name: 'a first round is on a quarter of train at the most', given: { left: 20_000 }, expected: { kind: 'round', size: 250, seed: 1 } },
  {
    name: 'where all can be trained on all of train, and little more, they are at once',
    given: { left: 5000 },
    expected: { kind: 'round', size: 1000, seed: 1 },
  },
  {
    name: 'where costs are guesses, a first round measures them',
    given: { left: 5000, certain: false },
    expected: { kind: 'round', size: 250, seed: 1 },
  },
  { name: 'of little text there is no first round', given: { full: 200, left: 20_000 }, expected: { kind: 'round', size: 200, seed: 1 } },
  { name: 'who cannot be trained on the least part is dropped, one by one', given: { left: 1300 }, expected: { kind: 'drop', keep: 3 } },
  {
    name: 'a later round grows fourfold at the most',
    given: { standing: ['a', 'b'], seedsDone: [0, 0], done: 60, left: 1900 },
    expected: { kind: 'round', size: 240, seed: 1 },
  },
  {
    name: 'where a round would hardly grow, the lower half is dropped',
    given: { done: 200, left: 2000 },
    expected: { kind: 'drop', keep: 2 },
  },
  {
    name: 'two between whom no larger round is left are undecided',
    given: { standing: ['a', 'b'], seedsDone: [0, 0], done: 200, left: 1200 },
    expected: { kind: 'stop' },
  },
  {
    name: 'after all of train the next seed, of all that are left',
    given: { done: 1000, seedsDone: [1, 1, 1, 1], left: 4000 },
    expected: { kind: 'round', size: 1000, seed: 2 },
  },
  {
    name: 'no seed that the budget does not last for',
    given: { done: 1000, seedsDone: [1, 1, 1, 1], left: 3999 },
    expected: { kind: 'stop' },
  },
  { name: 'no seed beyond those given', given: { done: 1000, seedsDone: [2, 2, 2, 2], left: 9999 }, expected: { kind: 'stop' } },
  { name: 'a budget that is overdrawn drops, and does not train', given: { left: -5 }, expected: { kind: 'drop', keep: 3 } },
] as const) {
  test(`round: ${name}`, () => assert.deepEqual(plan(given), expected));
}

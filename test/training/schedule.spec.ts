import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learningRate } from '../../src/training/schedule.ts';

const rates = (total: number, warmup?: number) =>
  Array.from({ length: total }, (_, step) => learningRate({ peak: 2e-5, step, total, warmup }));
const close = (ours: number[], theirs: number[]) => {
  assert.equal(ours.length, theirs.length);
  for (const [i, rate] of theirs.entries()) assert.ok(Math.abs(ours[i]! - rate) < 1e-20, `step ${i}: ${ours[i]}, not ${rate}`);
};

test("schedule: linear is transformers' get_linear_schedule_with_warmup(warmup=1, total=10)", () =>
  close(
    rates(10),
    [
      0, 2e-5, 1.7777777777777777e-5, 1.555555555555556e-5, 1.3333333333333333e-5, 1.1111111111111113e-5, 8.888888888888888e-6,
      6.666666666666667e-6, 4.444444444444444e-6, 2.222222222222222e-6,
    ],
  ));

test('schedule: the warm-up is rounded up to whole steps', () =>
  close(rates(25).slice(0, 6), [0, 6.666666666666667e-6, 1.3333333333333333e-5, 2e-5, 1.9090909090909094e-5, 1.8181818181818182e-5]));

test('schedule: without a warm-up it begins at the peak', () => close(rates(2, 0), [2e-5, 1e-5]));

test('schedule: a single step is all warm-up', () => close(rates(1), [0]));

test('schedule: behind the last step the rate is 0', () => assert.equal(learningRate({ peak: 1, step: 12, total: 10 }), 0));

test('schedule: constant is the peak from first to last', () =>
  assert.deepEqual(
    [0, 1, 9].map((step) => learningRate({ schedule: 'constant', peak: 2e-5, step, total: 10 })),
    [2e-5, 2e-5, 2e-5],
  ));

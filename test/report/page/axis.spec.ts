import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisOf, startNote } from '../../../src/report/page/axis.ts';

const ends = (...values: number[]): unknown => {
  const { from, to, ticks, label } = axisOf(values);
  return [from, to, ticks.map(label)];
};

test('axis: round ends around all values', () => {
  assert.deepEqual(ends(91.91, 92.3, 90.72, 93.25), [90, 94, ['90', '91', '92', '93', '94']]);
  assert.deepEqual(ends(14.8, 27.05), [10, 30, ['10', '15', '20', '25', '30']]);
  assert.deepEqual(ends(0.31, 0.47, Number.NaN), [0.3, 0.5, ['0.30', '0.35', '0.40', '0.45', '0.50']]);
  assert.deepEqual(ends(-1.2, 0.4), [-1.5, 0.5, ['−1.5', '−1.0', '−0.5', '0.0', '0.5']]);
  assert.deepEqual(ends(3, 97), [0, 100, ['0', '20', '40', '60', '80', '100']]);
});

test('axis: of one value, of none, and of values that are all the same it is an axis too', () => {
  for (const values of [[50], [50, 50], [0], [], [Number.NaN]]) {
    const { from, to, ticks, place } = axisOf(values);
    assert.ok(from < to && ticks.length > 1, String(values));
    for (const value of values) if (Number.isFinite(value)) assert.ok(place(value) >= 0 && place(value) <= 1);
  }
});

test('axis: a value lies where it is; a start that is not zero is said', () => {
  const axis = axisOf([80, 90]);
  assert.deepEqual([axis.place(axis.from), axis.place(85), axis.place(axis.to)], [0, (85 - axis.from) / (axis.to - axis.from), 1]);
  assert.equal(startNote(axis), 'The axis starts at 80.');
  assert.equal(startNote(axisOf([0, 90]), 'vertical axis'), '');
});

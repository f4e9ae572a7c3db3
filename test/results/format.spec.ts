import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixed, percentOfCounts, percentOfFraction, significant } from '../../src/results/format.ts';

test('percent of counts: exact, halves up', () => {
  const cases: readonly [part: number, whole: number, text: string][] = [
    [0, 7, '0.00'],
    [7, 7, '100.00'],
    [1, 3, '33.33'],
    [2, 3, '66.67'],
    [1, 32, '3.13'], // 3.125
    [201, 20000, '1.01'], // 1.005: toFixed gives 1.00
    [5951, 5952, '99.98'],
    [199999, 200000, '100.00'], // 99.9995
    [1, 100000, '0.00'],
  ];
  for (const [part, whole, text] of cases) assert.equal(percentOfCounts({ part, whole }), text, `${part} of ${whole}`);
});

test('percent of counts: nothing of nothing is empty, not 0', () => assert.equal(percentOfCounts({ part: 0, whole: 0 }), ''));

test('percent of counts: refuses what is not a share', () => {
  assert.throws(() => percentOfCounts({ part: 3, whole: 2 }), { name: 'HarnessError', message: 'Cannot give 3 of 2 as a percentage.' });
  assert.throws(() => percentOfCounts({ part: 0.5, whole: 2 }), { name: 'HarnessError', message: 'Cannot give 0.5 of 2 as a percentage.' });
});

test('percent of a fraction: rounds the decimal number, not its binary neighbour', () => {
  assert.equal(percentOfFraction(0.01005), '1.01'); // (1.005).toFixed(2) is 1.00
  assert.equal(percentOfFraction(0.80805), '80.81');
  assert.equal(percentOfFraction(0.8080499), '80.80');
  assert.equal(percentOfFraction(1), '100.00');
  assert.equal(percentOfFraction(0), '0.00');
  assert.equal(percentOfFraction(1.5e-7), '0.00');
  assert.equal(percentOfFraction(Number.NaN), '');
});

test('percent of a fraction: a half that a sum missed in the last digits is still a half', () => {
  const mean = (0.1 + 0.2 + 0.7 + 2.24625) / 4; // 0.8115625 in decimal
  assert.equal(percentOfFraction(mean - 1e-15), '81.16');
  assert.equal(percentOfFraction(0.81125 - 3e-16), '81.13');
});

test('fixed: N decimals, halves away from zero, no minus zero', () => {
  assert.equal(fixed(1.005, 2), '1.01');
  assert.equal(fixed(-1.005, 2), '-1.01');
  assert.equal(fixed(-0.001, 2), '0.00');
  assert.equal(fixed(0.05, 3), '0.050');
  assert.equal(fixed(1234.5, 0), '1235');
  assert.equal(fixed(Number.POSITIVE_INFINITY, 1), '');
});

test('significant: the shortest form with N digits', () => {
  assert.equal(significant(5e-5, 6), '0.00005');
  assert.equal(significant(1.2345678e-7, 6), '1.23457e-7');
  assert.equal(significant(1234567, 6), '1234570');
  assert.equal(significant(0, 6), '0');
  assert.equal(significant(Number.NaN, 6), '');
});

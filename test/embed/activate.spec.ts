import assert from 'node:assert/strict';
import { test } from 'node:test';
import { erf } from '../../src/embed/activate.ts';

/** From Python's math.erf. */
const KNOWN = [
  [0, 0],
  [1e-10, 1.1283791670955126e-10],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [2.5, 0.999593047982555],
  [2.5000001, 0.9995930482003834],
  [3.5, 0.9999992569016276],
  [5.9, 0.9999999999999999],
  [7, 1],
] as const;

test('erf: agrees with Python on both sides of where its formula changes', () => {
  for (const [x, y] of KNOWN) {
    assert.ok(Math.abs(erf(x) - y) < 1e-13, `erf(${x}) is ${erf(x)}, not ${y}`);
    assert.equal(erf(-x), -erf(x));
  }
  assert.ok(Number.isNaN(erf(NaN)));
  assert.equal(erf(-Infinity), -1);
});

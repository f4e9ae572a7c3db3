import assert from 'node:assert/strict';
import { test } from 'node:test';
import { twoSided, Z_95 } from '../../src/statistics/normal.ts';
import { unpairedDifference, wilson } from '../../src/statistics/unpaired.ts';
import { near, REFERENCE } from './reference.ts';

const share = (correct: number, n: number, confidence?: number) => ({ value: correct / n, ...wilson({ correct, n, confidence }) });

test('wilson: as statsmodels, to 1e-12', () => {
  for (const {
    correct,
    n,
    confidence,
    interval: [low, high],
  } of REFERENCE.wilson) {
    const found = wilson({ correct, n, confidence });
    assert.ok(Math.abs(found.low - low) < 1e-12 && Math.abs(found.high - high) < 1e-12, `${correct}/${n}: ${JSON.stringify(found)}`);
    assert.ok(0 <= found.low && found.low <= correct / n && correct / n <= found.high && found.high <= 1);
  }
});

test('wilson: of none and of all the interval ends there, whatever rounding says', () => {
  for (let n = 1; n <= 300; n++) assert.deepEqual([wilson({ correct: 0, n }).low, wilson({ correct: n, n }).high], [0, 1]);
});

test('wilson: refuses counts that are no share', () => {
  assert.throws(() => wilson({ correct: 0, n: 0 }), { code: 'INTERNAL', message: 'Invalid proportion: 0 of 0.' });
  assert.throws(() => wilson({ correct: 4, n: 3 }), { code: 'INTERNAL', message: 'Invalid proportion: 4 of 3.' });
});

test('unpaired: of two shares, the interval of Newcombe as statsmodels has it, to 1e-12', () => {
  for (const {
    first: [a, n],
    second: [b, m],
    confidence,
    interval: [low, high],
  } of REFERENCE.newcombe) {
    const found = unpairedDifference({ first: share(a, n, confidence), second: share(b, m, confidence), confidence });
    assert.ok(Math.abs(found.low - low) < 1e-12 && Math.abs(found.high - high) < 1e-12, `${a}/${n} ${b}/${m}: ${JSON.stringify(found)}`);
    assert.equal(found.p < 1 - (confidence ?? 0.95), low > 0 || high < 0);
  }
});

test('unpaired: the other way round is the same, turned', () => {
  const [first, second] = [share(410, 500), share(30, 31)];
  const [there, back] = [unpairedDifference({ first, second }), unpairedDifference({ first: second, second: first })];
  assert.deepEqual([-there.difference, -there.high, -there.low, there.p], [back.difference, back.low, back.high, back.p]);
  assert.equal(unpairedDifference({ first, second: first }).p, 1);
});

test('unpaired: p is that of the side that looks towards no difference', () => {
  const certain = { value: 0.5, low: 0.5, high: 0.5 };
  const skewed = { low: 0.25, high: 0.875 };
  assert.ok(near(unpairedDifference({ first: certain, second: { value: 0.75, ...skewed } }).p, twoSided((0.25 / 0.5) * Z_95), 1e-12));
  assert.ok(near(unpairedDifference({ first: { value: 0.75, ...skewed }, second: certain }).p, twoSided((0.25 / 0.5) * Z_95), 1e-12));
  assert.ok(near(unpairedDifference({ first: certain, second: { value: 0.375, ...skewed } }).p, twoSided((0.125 / 0.5) * Z_95), 1e-12));
});

test('unpaired: p hardly depends on the confidence of the intervals, since it is that of a z', () => {
  const [at95, at80] = [undefined, 0.8].map(
    (confidence) => unpairedDifference({ first: share(4573, 5952, confidence), second: share(4650, 5952, confidence), confidence }).p,
  );
  assert.ok(near(at95!, at80!, 1e-2), `${at95} ${at80}`);
});

test('unpaired: an interval that does not contain its score extends half its width on each side', () => {
  const first = { value: 0.5, low: 0.25, high: 0.75 };
  const beside = unpairedDifference({ first, second: { value: 0.875, low: 0.25, high: 0.75 } });
  assert.deepEqual(beside, unpairedDifference({ first, second: { value: 0.875, low: 0.625, high: 1.125 } }));
});

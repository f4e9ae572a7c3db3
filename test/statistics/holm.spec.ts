import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holm } from '../../src/statistics/holm.ts';
import { near, REFERENCE } from './reference.ts';

test('holm: as statsmodels, to 1e-15', () => {
  for (const { ps, adjusted } of REFERENCE.holm)
    for (const [i, p] of holm(ps).entries()) assert.ok(near(p, adjusted[i]!, 1e-15), `${p} ${adjusted[i]}`);
  assert.deepEqual(holm([]), []);
});

test('holm: keeps the order of the ps, none gets smaller, none above 1', () => {
  for (const { ps } of REFERENCE.holm) {
    const adjusted = holm(ps);
    assert.ok(adjusted.every((p, i) => p >= ps[i]! && p <= 1));
    const order = [...ps.keys()].toSorted((a, b) => ps[a]! - ps[b]!);
    assert.ok(order.every((at, rank) => rank === 0 || adjusted[at]! >= adjusted[order[rank - 1]!]!));
  }
});

test('holm: refuses what is no probability', () => {
  for (const p of [1.5, -0.1, NaN]) assert.throws(() => holm([0.5, p]), { code: 'INTERNAL', message: `Invalid p-value: ${p}.` });
});

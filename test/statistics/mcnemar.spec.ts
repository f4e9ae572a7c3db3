import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mcnemarExact, pairedShare } from '../../src/statistics/mcnemar.ts';
import { oracleFolders } from '../oracles.ts';
import { near, REFERENCE } from './reference.ts';

interface Oracle {
  readonly mcnemar: readonly {
    readonly table: { readonly only_first_right: number; readonly only_second_right: number };
    readonly exact_p: number;
  }[];
}

test('mcnemar: p of scipy to 1e-9 of it, from one text to a million', () => {
  for (const { onlyFirst, onlySecond, p } of REFERENCE.mcnemar) {
    assert.ok(
      near(mcnemarExact({ onlyFirst, onlySecond }), p, 1e-9),
      `${onlyFirst} ${onlySecond}: ${mcnemarExact({ onlyFirst, onlySecond })}, scipy ${p}`,
    );
    assert.equal(mcnemarExact({ onlyFirst, onlySecond }), mcnemarExact({ onlyFirst: onlySecond, onlySecond: onlyFirst }));
  }
});

test('mcnemar: without discordant texts p = 1', () => {
  assert.equal(mcnemarExact({ onlyFirst: 0, onlySecond: 0 }), 1);
  assert.equal(mcnemarExact({ onlyFirst: 5, onlySecond: 5 }), 1);
  assert.throws(() => mcnemarExact({ onlyFirst: -1, onlySecond: 2 }), { code: 'INTERNAL', message: 'Invalid counts: -1 and 2.' });
});

for (const { name: oracle, at, skip } of oracleFolders('estimators')) {
  test(`mcnemar: p of statsmodels or scipy in ${oracle}, to 1e-12 of it`, { skip }, () => {
    const { mcnemar } = JSON.parse(readFileSync(at('estimators.json'), 'utf8')) as Oracle;
    for (const { table, exact_p: p } of mcnemar) {
      const found = mcnemarExact({ onlyFirst: table.only_first_right, onlySecond: table.only_second_right });
      assert.ok(near(found, p, 1e-12), `${found}, not ${p}`);
    }
  });
}

test('mcnemar: the interval of the difference holds it, and none only where p is large', () => {
  for (const { onlyFirst, onlySecond, p } of REFERENCE.mcnemar) {
    const { difference, low, high } = pairedShare({ onlyFirst, onlySecond, n: 2 * (onlyFirst + onlySecond) });
    assert.ok(low <= difference && difference <= high);
    if (onlyFirst + onlySecond >= 100 && Math.abs(p - 0.05) > 0.02)
      assert.equal(low > 0 || high < 0, p < 0.05, `${onlyFirst} ${onlySecond}`);
  }
});

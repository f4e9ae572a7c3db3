import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreement, type Forecast } from '../../src/statistics/agreement.ts';

function forecasts(dataset: string, pairs: readonly (readonly [estimate: number, outcome: number])[]): Forecast[] {
  return pairs.map(([estimate, outcome], i) => ({ dataset, encoder: `e${i}`, estimate, outcome }));
}

test('agreement: of a perfect estimate nothing is lost', () => {
  const [own, all] = agreement(forecasts('d', [[1, 90], [2, 91], [3, 92], [4, 95]]));
  assert.deepEqual(own!.values.regret, 0);
  assert.equal(own!.values.hit, 1);
  for (const name of ['spearman', 'kendall', 'weightedTau'] as const) assert.ok(Math.abs(own!.values[name] - 1) < 1e-12);
  assert.deepEqual([all!.dataset, all!.encoders], [undefined, 4]);
});

test('agreement: regret and hit of the estimate’s first; of equal firsts their mean', () => {
  assert.deepEqual(agreement(forecasts('d', [[9, 90], [2, 91], [3, 95]]))[0]!.values.regret, 5);
  const { regret, hit } = agreement(forecasts('d', [[9, 90], [9, 95], [3, 80]]))[0]!.values;
  assert.deepEqual([regret, hit], [2.5, 0.5]);
});

test('agreement: the whole is the mean over data sets, those with fewer than three encoders left out', () => {
  const found = agreement([...forecasts('a', [[1, 1], [2, 2], [3, 3]]), ...forecasts('b', [[3, 1], [2, 2], [1, 3]]), ...forecasts('c', [[1, 1], [2, 2]])]);
  assert.deepEqual(found.map(({ dataset }) => dataset), ['a', 'b', undefined]);
  assert.ok(Math.abs(found[2]!.values.kendall) < 1e-12);
  assert.equal(found[2]!.values.regret, 1);
  assert.deepEqual(agreement(forecasts('c', [[1, 1], [2, 2]])), []);
});

test('agreement: intervals hold the value, and the seed decides them', () => {
  const many = forecasts('d', Array.from({ length: 12 }, (_, i) => [i + (i % 3) * 2, 2 * i + ((i * 7) % 5)] as const));
  const [own] = agreement(many);
  for (const name of ['pearson', 'spearman', 'kendall', 'weightedTau', 'regret'] as const) {
    const { low, high } = own!.intervals![name];
    assert.ok(low <= own!.values[name] && own!.values[name] <= high, name);
  }
  assert.deepEqual(agreement(many), agreement(many, { seed: 1 }));
  assert.notDeepEqual(agreement(many), agreement(many, { seed: 2 }));
});

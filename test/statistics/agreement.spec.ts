import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreement, type Forecast } from '../../src/statistics/agreement.ts';

function forecasts(dataset: string, pairs: readonly (readonly [estimate: number, outcome: number])[]): Forecast[] {
  return pairs.map(([estimate, outcome], i) => ({ dataset, encoder: `e${i}`, estimate, outcome }));
}

test('agreement: of a perfect estimate nothing is lost', () => {
  const [own, all] = agreement(
    forecasts('d', [
      [1, 90],
      [2, 91],
      [3, 92],
      [4, 95],
    ]),
  );
  assert.deepEqual(own!.values.regret, 0);
  assert.equal(own!.values.hit, 1);
  for (const name of ['spearman', 'kendall', 'weightedTau'] as const) assert.ok(Math.abs(own!.values[name] - 1) < 1e-12);
  assert.deepEqual([all!.dataset, all!.encoders], [undefined, 4]);
});

test('agreement: regret and hit of the estimate’s first; of equal firsts their mean', () => {
  assert.deepEqual(
    agreement(
      forecasts('d', [
        [9, 90],
        [2, 91],
        [3, 95],
      ]),
    )[0]!.values.regret,
    5,
  );
  const { regret, hit } = agreement(
    forecasts('d', [
      [9, 90],
      [9, 95],
      [3, 80],
    ]),
  )[0]!.values;
  assert.deepEqual([regret, hit], [2.5, 0.5]);
});

test('agreement: the whole is the mean over datasets, those with fewer than three encoders left out', () => {
  const found = agreement([
    ...forecasts('a', [
      [1, 1],
      [2, 2],
      [3, 3],
    ]),
    ...forecasts('b', [
      [3, 1],
      [2, 2],
      [1, 3],
    ]),
    ...forecasts('c', [
      [1, 1],
      [2, 2],
    ]),
  ]);
  assert.deepEqual(
    found.map(({ dataset }) => dataset),
    ['a', 'b', undefined],
  );
  assert.ok(Math.abs(found[2]!.values.kendall) < 1e-12);
  assert.equal(found[2]!.values.regret, 1);
  assert.deepEqual(
    agreement(
      forecasts('c', [
        [1, 1],
        [2, 2],
      ]),
    ),
    [],
  );
});

test('agreement: intervals hold the value, and the seed decides them', () => {
  const many = forecasts(
    'd',
    Array.from({ length: 12 }, (_, i) => [i + (i % 3) * 2, 2 * i + ((i * 7) % 5)] as const),
  );
  const [own] = agreement(many);
  for (const name of ['pearson', 'spearman', 'kendall', 'weightedTau', 'regret'] as const) {
    const { low, high } = own!.intervals![name];
    assert.ok(low <= own!.values[name] && own!.values[name] <= high, name);
  }
  assert.deepEqual(agreement(many), agreement(many, { seed: 1 }));
  assert.notDeepEqual(agreement(many), agreement(many, { seed: 2 }));
});

function drawn(draw: string, pairs: readonly (readonly [estimate: number, outcome: number])[]): Forecast[] {
  return forecasts('a', pairs).map((each) => ({ ...each, draw }));
}

test('agreement: of several samples of a dataset the mean; it counts as one dataset', () => {
  const [own, all] = agreement([
    ...drawn('seed 1', [
      [1, 1],
      [2, 2],
      [3, 3],
    ]),
    ...drawn('seed 2', [
      [3, 1],
      [2, 2],
      [1, 3],
    ]),
  ]);
  assert.deepEqual([own!.encoders, own!.values.regret, own!.values.hit], [3, 1, 0.5]);
  assert.ok(Math.abs(own!.values.spearman) < 1e-12);
  assert.deepEqual(all!.values, own!.values);
});

test('agreement: who calls all equal loses what any of them loses on average', () => {
  const [own] = agreement(
    forecasts('d', [
      [0, 90],
      [0, 96],
      [0, 84],
    ]),
  );
  assert.deepEqual([own!.values.regret, own!.values.hit, own!.values.spearman, own!.values.weightedTau], [6, 1 / 3, 0, 0]);
});

test('agreement: a dataset that all encoders do alike once trained has no order, and the whole is that of the others', () => {
  const found = agreement([
    ...forecasts('a', [
      [1, 7],
      [2, 7],
      [3, 7],
    ]),
    ...forecasts('b', [
      [1, 1],
      [2, 2],
      [3, 3],
    ]),
  ]);
  assert.ok(Number.isNaN(found[0]!.values.kendall));
  assert.equal(found[2]!.values.kendall, 1);
  assert.equal(found[2]!.values.regret, 0);
});

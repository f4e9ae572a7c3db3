import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { kendall, pearson, spearman, weightedTau } from '../../src/statistics/rank-correlation.ts';
import { oracleFolders } from '../oracles.ts';

interface Case {
  readonly x: number[];
  readonly y: number[];
  readonly pearson: [number, number];
  readonly spearman: [number, number];
  readonly kendall_b: [number, number];
  readonly weightedtau_default_rank_True: number;
}

for (const { name: oracle, at, skip } of oracleFolders('estimators')) {
  test(`rank correlations: as scipy in ${oracle}, to 1e-12, with and without ties`, { skip }, () => {
    const { rank_correlation: cases } = JSON.parse(readFileSync(at('estimators.json'), 'utf8')) as {
      rank_correlation: Record<string, Case>;
    };
    assert.ok(Object.keys(cases).length >= 6);
    for (const [name, { x, y, ...scipy }] of Object.entries(cases)) {
      const pairs: [string, number, number][] = [
        ['pearson', pearson(x, y), scipy.pearson[0]],
        ['spearman', spearman(x, y), scipy.spearman[0]],
        ['kendall', kendall(x, y), scipy.kendall_b[0]],
        ['weighted tau', weightedTau(x, y), scipy.weightedtau_default_rank_True],
      ];
      for (const [what, found, expected] of pairs) {
        assert.ok(Math.abs(found - expected) < 1e-12, `${name} ${what}: ${found}, scipy ${expected}`);
      }
    }
  });
}

test('rank correlations: a list that is all the same says nothing', () => {
  for (const correlation of [pearson, spearman, kendall, weightedTau]) assert.ok(Number.isNaN(correlation([1, 1, 1], [1, 2, 3])));
  // The mean of three 0.1 is not 0.1.
  for (const correlation of [pearson, spearman]) assert.ok(Number.isNaN(correlation([0.1, 0.1, 0.1], [1, 2, 3])));
});

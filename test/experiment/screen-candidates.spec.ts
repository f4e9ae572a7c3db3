import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetFor, SCREEN_SHARE } from '../../src/experiment/screen-candidates.ts';
import type { RankSettings } from '../../src/experiment/settings.ts';

test('screen: the budget that a hint names lasts for the screen and one training run', () => {
  const experiment = { screen: { k: 5 } as RankSettings };
  assert.equal(budgetFor(7060, experiment, 1), 7060);
  for (const least of [1, 100, 7060, 1e6]) {
    for (const candidates of [2, 3, 20]) {
      const budget = budgetFor(least, experiment, candidates);
      // The screen's first round is run whatever its share is.
      const screen = Math.max(SCREEN_SHARE * budget, candidates * 50);
      assert.ok(budget - screen >= least - 1e-6, `${budget} for ${least} and ${candidates} candidates`);
    }
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPREAD } from '../../src/choosing/constants.ts';
import { binned, simulate, WORLDS, type Simulated } from './simulate.ts';

/** Per kind of world; `npm run perf -- choose-claims` takes more. */
const MANY = 16;

test('claims: in simulated worlds they are right as often as they say', async () => {
  const all: Simulated[] = [];
  for (const world of WORLDS)
    for (let at = 0; at < MANY; at++)
      all.push(await simulate({ ...world, seed: world.seed + 104_729 * at, seeds: SPREAD.seed, growth: SPREAD.growth }));
  assert.ok(all.every(({ spent }, at) => spent <= WORLDS[Math.floor(at / MANY)]!.budget + 1e-9));
  for (const { from, to, claims, claimed, found } of binned(all, [0, 0.1, 0.25, 0.4, 0.6, 1])) {
    // Three standard errors of this many, plus the error of the model.
    const tolerance = 3 * Math.sqrt((claimed * (1 - claimed)) / claims) + 0.05;
    assert.ok(Math.abs(claimed - found) < tolerance, `${from} to ${to}: ${claims} claims of ${claimed}, ${found} were so (± ${tolerance})`);
  }
  const mean = (of: (each: Simulated) => number): number => all.reduce((sum, each) => sum + of(each), 0) / all.length;
  assert.ok(Math.abs(mean(({ chance }) => chance) - mean(({ isBetter }) => Number(isBetter))) < 0.08);
  assert.ok(mean(({ regret }) => regret) < 0.009, String(mean(({ regret }) => regret)));
});

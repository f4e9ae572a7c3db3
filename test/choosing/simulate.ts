import { claimOf } from '../../src/choosing/claim.ts';
import { race } from '../../src/choosing/race.ts';
import { world, type WorldParams } from './world.ts';

/** One choice in a world whose true scores are known. */
export interface Simulated {
  /** What was claimed: the probability that another is better by more than half a point. */
  readonly chance: number;
  readonly isBetter: boolean;
  /** What the choice loses, as a fraction. */
  readonly regret: number;
  readonly spent: number;
  readonly rounds: number;
}

/** Tasks of all kinds: few texts and many, encoders that frozen scores predict or not, budgets for one training and for all. */
export const WORLDS: readonly (Omit<WorldParams, 'seeds' | 'growth'> & { readonly budget: number })[] = [2, 4, 8].flatMap((budget, b) =>
  [100, 400].flatMap((dev, d) =>
    [
      { foretold: 0.02, residual: 0.01 },
      { foretold: 0, residual: 0.02 },
      { foretold: 0.01, residual: 0.004 },
      { foretold: 0.04, residual: 0.02 },
    ].map((spread, s) => ({ seed: 100 * b + 10 * d + s, candidates: 8, full: 1000, dev, level: 0.85, ...spread, budget })),
  ),
);

/** A race, and the quality of its claim and its choice. `budget`: in full trainings. */
export async function simulate(params: WorldParams & { readonly budget: number }): Promise<Simulated> {
  const { candidates, truth, train } = world(params);
  const { full, budget } = params;
  const asked = { candidates, full, score: 'microF1' as const };
  const { winner, observations, spent, rounds } = await race({
    ...asked,
    smallest: 50,
    seeds: [1, 2, 3],
    budget,
    predict: (_candidate, size) => size / full,
    safety: 1,
    train,
  });
  const { chance, margin } = claimOf({ ...asked, observations, winner });
  const own = truth[Number(winner.slice(1))]!;
  const best = Math.max(...truth);
  return { chance, isBetter: best > own + margin, regret: best - own, spent, rounds: rounds.length };
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly claims: number;
  /** Mean claimed probability, and the fraction of claims that came true. */
  readonly claimed: number;
  readonly found: number;
}

/** Claims grouped by their probability. */
export function binned(all: readonly Simulated[], edges: readonly number[]): Bin[] {
  return edges.slice(1).flatMap((to, i) => {
    const from = edges[i]!;
    const own = all.filter(({ chance }) => chance >= from && (chance < to || to === 1));
    if (own.length === 0) return [];
    const mean = (of: (each: Simulated) => number): number => own.reduce((sum, each) => sum + of(each), 0) / own.length;
    return [{ from, to, claims: own.length, claimed: mean(({ chance }) => chance), found: mean(({ isBetter }) => Number(isBetter)) }];
  });
}

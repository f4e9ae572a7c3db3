import { trainingPasses } from '../../../src/choosing/budget.ts';
import { claimOf, MARGIN } from '../../../src/choosing/claim.ts';
import type { Spread } from '../../../src/choosing/constants.ts';
import { race } from '../../../src/choosing/race.ts';
import type { Train } from '../../../src/choosing/types.ts';
import { meanScore } from './against.ts';
import type { DevOutcomes } from './dev-outcomes.ts';
import { mean } from './measures.ts';
import type { Cell, Trained } from './trained.ts';

/** A replay of `choose`, with its training runs read from the records. */
export interface ReplayParams {
  readonly cell: Cell;
  /** The candidates. */
  readonly encoders: readonly string[];
  /** Training runs of the cell, on all texts and on parts. */
  readonly trained: readonly Trained[];
  readonly outcomes: DevOutcomes;
  /** The screen's score of an encoder. */
  readonly frozen: (encoder: string) => number | undefined;
  /** Unit of costs: recorded CPU seconds, or text passes. */
  readonly unit: 'seconds' | 'texts';
  /** The part of the budget for training runs. */
  readonly budget: number;
  readonly held: { readonly dev: number; readonly test: number };
  readonly spread?: Spread | undefined;
}

export interface Replayed {
  readonly winner: string;
  /** What training runs cost, in the budget's unit; more than the budget if it did not suffice for one on all texts. */
  readonly spent: number;
  readonly trainings: number;
  /** Claimed probability that another encoder is better by more than half a point; and whether one is. */
  readonly chance: number;
  readonly better: boolean;
}

/** undefined if a training run that a race may need is not recorded. */
export async function replay(params: ReplayParams): Promise<Replayed | undefined> {
  const { cell, encoders, trained, outcomes, frozen, unit, budget, held, spread } = params;
  const full = Math.max(...trained.map(({ train }) => train));
  const own = trained.filter(({ encoder }) => encoders.includes(encoder));
  const isThere = (encoder: string, size: number): boolean => {
    const training = recorded(own, encoder, size, cell.seeds[0]!);
    return training !== undefined && outcomes(training) !== undefined;
  };
  const sizes = [...new Set(own.map(({ train }) => train))].filter((size) => encoders.every((encoder) => isThere(encoder, size)));
  if (!sizes.includes(full)) return undefined;
  const passes = ({ train, epochs, objective }: Pick<Trained, 'train' | 'epochs' | 'objective'>): number =>
    trainingPasses({ train, dev: held.dev, test: train < full ? 0 : held.test, epochs, byHead: objective === 'classic' });
  /** For a size between the recorded ones: the result of the next smaller one, at its own cost. */
  const found = (encoder: string, size: number, seed: number): { readonly training: Trained; readonly cost: number } => {
    const training = recorded(own, encoder, Math.max(...sizes.filter((each) => each <= size)), seed)!;
    return { training, cost: (training[unit] * passes({ ...training, train: size })) / passes(training) };
  };
  let trainings = 0;
  const train: Train = ({ candidate, size, seed, atMost }) => {
    const { training, cost } = found(candidate, size, seed);
    trainings++;
    if (cost > atMost) return Promise.resolve({ kind: 'late', cost: atMost });
    return Promise.resolve({ kind: 'trained', outcomes: outcomes(training)!, cost, measured: cost });
  };
  const candidates = encoders.map((name) => ({ name, frozen: frozen(name) }));
  const asked = { candidates, full, score: 'accuracy' as const, spread };
  const { winner, observations, spent } = await race({
    ...asked,
    smallest: Math.min(...sizes),
    seeds: cell.seeds,
    budget,
    predict: (encoder, size) => found(encoder, size, cell.seeds[0]!).cost,
    safety: 1,
    train,
  });
  const scores = encoders.map((encoder) => meanScore(cell, encoder, cell.seeds));
  const { chance } = claimOf({ ...asked, observations, winner });
  const better = Math.max(...scores) - meanScore(cell, winner, cell.seeds) > 100 * MARGIN;
  return { winner, spent, trainings, chance, better };
}

function recorded(trained: readonly Trained[], encoder: string, size: number, seed: number): Trained | undefined {
  return trained.find((each) => each.encoder === encoder && each.train === size && each.seed === seed);
}

/** How good choices are, by the mean test score over all seeds. */
export interface Choices {
  /** Fraction that is the best, and fraction that is within half a point of it. */
  readonly best: number;
  readonly near: number;
  /** Points lost, mean and worst. */
  readonly regret: number;
  readonly worst: number;
  readonly choices: number;
}

export interface Choice {
  readonly cell: Cell;
  readonly encoders: readonly string[];
  /** Several if a rule ties them: each equally likely. */
  readonly chosen: readonly string[];
}

export function choicesOf(choices: readonly Choice[]): Choices {
  const each = choices.map(({ cell, encoders, chosen }) => {
    const best = Math.max(...encoders.map((encoder) => meanScore(cell, encoder, cell.seeds)));
    const losses = chosen.map((encoder) => best - meanScore(cell, encoder, cell.seeds));
    return {
      best: mean(losses.map((loss) => Number(loss === 0))),
      near: mean(losses.map((loss) => Number(loss <= 100 * MARGIN + 1e-9))),
      regret: mean(losses),
      worst: Math.max(...losses),
    };
  });
  return {
    best: mean(each.map(({ best }) => best)),
    near: mean(each.map(({ near }) => near)),
    regret: mean(each.map(({ regret }) => regret)),
    worst: Math.max(...each.map(({ worst }) => worst)),
    choices: each.length,
  };
}

/** The encoders with the highest value; all if there is no value. */
export function highest(encoders: readonly string[], of: (encoder: string) => number | undefined): readonly string[] {
  const values = encoders.map((encoder) => of(encoder) ?? Number.NaN);
  const most = Math.max(...values);
  return Number.isNaN(most) ? encoders : encoders.filter((_, at) => values[at] === most);
}

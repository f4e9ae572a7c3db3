import type { Choice, ChoiceTraining, ChosenCandidate } from '../choosing/choice.ts';
import type { Claim } from '../choosing/claim.ts';
import { scoreOf, type RaceScore } from '../choosing/score-of.ts';
import type { RaceResult } from '../choosing/types.ts';
import type { Failure } from '../results/row.ts';
import { splitSizes, type Racer } from './race-trainings.ts';
import type { ChooseExperiment } from './resolve/experiment.ts';
import type { ScreenedCandidate } from './screen-candidates.ts';

export interface ChoiceParts {
  readonly experiment: ChooseExperiment;
  readonly racers: readonly Racer[];
  /** Encoders that could not be opened. */
  readonly broken: readonly BrokenEncoder[];
  readonly found: RaceResult;
  readonly screened: readonly ScreenedCandidate[];
  /** Total budget, and how much of it the screen took. */
  readonly amount: number;
  readonly screenCost: number;
  readonly score: Choice['score'];
  /** Score that the race compares. */
  readonly raced: RaceScore;
  readonly test: Choice['test'];
  readonly claim: Claim;
  readonly saved: string | undefined;
}

export interface BrokenEncoder {
  readonly encoder: string;
  readonly reason: string;
}

/** The outcome of a race as a plain value, for reports. */
export function choiceOf(parts: ChoiceParts): Choice {
  const { experiment, racers, broken, found, amount, screenCost, score, test, claim, saved } = parts;
  const { unit } = experiment.budget;
  const { dataset } = racers[0]!.cell;
  const candidates = [
    ...racers.map((racer) => candidateOf(racer, parts)),
    ...broken.map(({ encoder, reason }): ChosenCandidate => ({
      encoder,
      prompt: '',
      standing: 'dropped',
      dropped: { why: 'failed', round: 0, reason },
      trainings: [],
      cost: 0,
      chance: undefined,
    })),
  ];
  return {
    dataset: dataset.key,
    objective: racers[0]!.cell.objective,
    score,
    texts: splitSizes(dataset),
    estimator: experiment.screen.by,
    budget: { unit, amount, spent: screenCost + found.spent, screen: screenCost },
    rounds: found.rounds,
    candidates: candidates.toSorted((a, b) => placeOf(a) - placeOf(b) || furthest(b) - furthest(a) || best(b) - best(a)),
    trainedOn: found.size,
    test,
    seeds: found.finals.map(({ seed }) => seed),
    seed: found.seed,
    claim,
    saved,
  };
}

/** Candidates that failed in a choice. */
export function failuresOf({ dataset, objective, candidates }: Choice): Failure[] {
  return candidates.flatMap(({ encoder, prompt, dropped }) =>
    dropped?.why === 'failed' ? [{ encoder, dataset, prompt: prompt || undefined, objective, reason: dropped.reason! }] : [],
  );
}

function candidateOf({ name, encoder, prompt }: Racer, { found, screened, experiment, raced, claim }: ChoiceParts): ChosenCandidate {
  const own = screened.find((each) => each.name === name);
  const trainings = found.trainings.filter(({ candidate }) => candidate === name);
  const dropped = found.dropped.get(name);
  const ofScreen = experiment.budget.unit === 'passes' ? own?.passes : undefined;
  return {
    encoder,
    prompt,
    standing: name === found.winner ? 'chosen' : dropped === undefined ? 'tied' : 'dropped',
    dropped,
    screened: own?.found,
    trainings: trainings.map(({ round, size, seed, cost, outcomes }): ChoiceTraining => {
      return { round, size, seed, cost, score: outcomes && scoreOf(outcomes, raced) };
    }),
    cost: trainings.reduce((sum, { cost }) => sum + cost, ofScreen ?? 0),
    chance: claim.each[name],
  };
}

function placeOf({ standing, dropped }: ChosenCandidate): number {
  if (standing !== 'dropped') return standing === 'chosen' ? 0 : 1;
  return dropped?.why === 'failed' ? 3 : 2;
}

/** Last round that a candidate took part in. */
function furthest({ trainings, dropped }: ChosenCandidate): number {
  return Math.max(dropped?.round ?? 0, ...trainings.map(({ round }) => round));
}

function best({ trainings, screened }: ChosenCandidate): number {
  return trainings.at(-1)?.score ?? (screened?.score ?? 0) - 1;
}

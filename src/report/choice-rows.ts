import type { Choice, ChoiceTraining, ChosenCandidate } from '../choosing/choice.ts';
import { fixed, percentOfFraction, significant } from '../results/format.ts';
import type { OutputRow } from './output/output.ts';
import type { TABLES } from './output/tables.ts';

export type ChooseRow = OutputRow<typeof TABLES.choose>;

/** Estimators that predict classes: their score is a share of texts. */
const CLASSIFYING: ReadonlySet<string> = new Set(['knn', 'consistency', 'linear-probe', 'centroid']);

export function isAccuracy(estimator: string): boolean {
  return CLASSIFYING.has(estimator);
}

/** One row per training run, the winner's first; one for a candidate that was not trained. */
export function choiceRows(choice: Choice): ChooseRow[] {
  return choice.candidates.flatMap((candidate) => {
    const { trainings } = candidate;
    return (trainings.length === 0 ? [undefined] : trainings).map((training) => rowOf(choice, candidate, training));
  });
}

function rowOf(choice: Choice, candidate: ChosenCandidate, training: ChoiceTraining | undefined): ChooseRow {
  const { dataset, estimator, objective, texts, budget, test, seed } = choice;
  const { encoder, prompt, standing, dropped, screened, chance } = candidate;
  const isTaken = standing === 'chosen' && training?.size === choice.trainedOn && training.seed === seed;
  return {
    dataset,
    encoder,
    prompt,
    standing,
    why: dropped?.why ?? '',
    dropped_in: numberOr(dropped?.round),
    worse_than: dropped?.why === 'worse' ? (dropped.best ?? '') : '',
    p: dropped?.p === undefined ? '' : significant(dropped.p, 6),
    reason: dropped?.reason ?? '',
    chance: chance === undefined ? '' : String(chance),
    estimator,
    frozen:
      screened === undefined
        ? ''
        : isAccuracy(estimator)
          ? percentOfFraction(screened.score)
          : significant(screened.score, 6).replace('−', '-'),
    frozen_n: numberOr(screened?.texts),
    best_layer: screened?.bestLayer ?? '',
    objective,
    round: numberOr(training?.round),
    train: numberOr(training?.size),
    seed: numberOr(training?.seed),
    dev: training?.score === undefined ? '' : percentOfFraction(training.score),
    dev_n: String(texts.dev),
    cost: training === undefined ? '' : budget.unit === 'ms' ? fixed(training.cost / 1000, 3) : String(training.cost),
    unit: budget.unit === 'ms' ? 'seconds' : 'passes',
    test: isTaken ? percentOfFraction(test.score) : '',
    test_low: isTaken ? percentOfFraction(test.low) : '',
    test_high: isTaken ? percentOfFraction(test.high) : '',
    test_n: isTaken ? String(test.n) : '',
  };
}

function numberOr(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

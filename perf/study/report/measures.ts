import { weightedTau } from '../../../src/statistics/rank-correlation.ts';

/** How well a prediction orders encoders, compared with their outcomes. */
export interface Measures {
  /** Fraction of the pairs with different outcomes that are in the right order; a predicted tie counts half. */
  readonly pairs: number;
  /** Weighted tau as in scipy.stats.weightedtau; 0 for a constant prediction. */
  readonly tau: number;
  /** Points lost by picking the top encoder; with ties, their mean. */
  readonly regret: number;
}

/** Predictions and outcomes of the same encoders, in the same order; NaN if the outcomes are all equal. */
export function measuresOf(predicted: readonly number[], outcomes: readonly number[]): Measures {
  const flat = predicted.every((value) => value === predicted[0]);
  return {
    pairs: pairwiseAccuracy(predicted, outcomes),
    tau: flat ? 0 : weightedTau(predicted, outcomes),
    regret: regretOf(predicted, outcomes),
  };
}

export function pairwiseAccuracy(predicted: readonly number[], outcomes: readonly number[]): number {
  let [right, all] = [0, 0];
  for (let i = 0; i < outcomes.length; i++) {
    for (let j = 0; j < i; j++) {
      const order = Math.sign(outcomes[i]! - outcomes[j]!);
      if (order === 0) continue;
      right += (1 + order * Math.sign(predicted[i]! - predicted[j]!)) / 2;
      all++;
    }
  }
  return right / all;
}

export function regretOf(predicted: readonly number[], outcomes: readonly number[]): number {
  const first = Math.max(...predicted);
  const taken = outcomes.filter((_, i) => predicted[i] === first);
  return Math.max(...outcomes) - taken.reduce((sum, value) => sum + value, 0) / taken.length;
}

/** The mean of each; missing values are omitted. */
export function meanMeasures(all: readonly Measures[]): Measures {
  return {
    pairs: mean(all.map(({ pairs }) => pairs)),
    tau: mean(all.map(({ tau }) => tau)),
    regret: mean(all.map(({ regret }) => regret)),
  };
}

/** NaN for an empty list. */
export function mean(values: readonly number[]): number {
  const there = values.filter((value) => !Number.isNaN(value));
  return there.reduce((sum, value) => sum + value, 0) / there.length;
}

import { ofClasses, scoresOf, type CountOutcomes, type Outcomes } from '../statistics/outcomes.ts';
import { resampledScore } from '../statistics/resampled-score.ts';
import { spearman } from '../statistics/rank-correlation.ts';
import { HarnessError } from '../errors.ts';
import type { Tallied } from '../statistics/tally.ts';

/** Predictions on dev, scored against the truth: for tagged words counts per sentence. */
export type RaceOutcomes = Outcomes | CountOutcomes;

/** Score on dev; higher is better. For classes a share or F1 as a fraction, for numbers Spearman's correlation, for counts their F1. */
export type RaceScore = Tallied | 'spearman' | 'f1';

/** Constant predictions have no correlation and count as 0. Throws INTERNAL if the outcomes have no such score. */
export function scoreOf(outcomes: RaceOutcomes, score: RaceScore): number {
  if (outcomes.kind === 'counts') {
    if (score !== 'f1') throw mixed(score);
    return resampledScore([outcomes], 'f1').values[0]!;
  }
  if (outcomes.kind === 'numbers') {
    if (score !== 'spearman') throw mixed(score);
    const value = spearman(outcomes.truth, outcomes.predicted);
    return Number.isNaN(value) ? 0 : value;
  }
  if (score === 'spearman' || score === 'f1') throw mixed(score);
  return scoresOf(ofClasses(outcomes))[score];
}

function mixed(score: RaceScore): HarnessError {
  return new HarnessError('INTERNAL', { what: `The outcomes have no ${score}.` });
}

import { ofClasses, scoresOf, type CountOutcomes, type Outcomes } from '../statistics/outcomes.ts';
import { resampledScore } from '../statistics/resampled-score.ts';
import { spearman } from '../statistics/rank-correlation.ts';
import { HarnessError } from '../errors.ts';
import type { Tallied } from '../statistics/tally.ts';

/** What texts of dev were given: of tagged words what each sentence has in common with the truth. */
export type RaceOutcomes = Outcomes | CountOutcomes;

/**
 * What dev is scored by: a share or F1 of classes, as a fraction, of numbers Spearman's correlation, of counts their F1. Higher is better.
 */
export type RaceScore = Tallied | 'spearman' | 'f1';

/** Predictions that are all the same have no correlation: as good as chance, 0. Throws INTERNAL where the outcomes have no such score. */
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

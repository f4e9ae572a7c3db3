import { ofClasses, scoresOf, type Outcomes } from '../statistics/outcomes.ts';
import { spearman } from '../statistics/rank-correlation.ts';
import { HarnessError } from '../errors.ts';
import type { Tallied } from '../statistics/tally.ts';

/** What dev is scored by: a share or F1 of classes, as a fraction, or of numbers Spearman's correlation. Higher is better. */
export type RaceScore = Tallied | 'spearman';

/** Predictions that are all the same have no correlation: as good as chance, 0. Throws INTERNAL where the outcomes have no such score. */
export function scoreOf(outcomes: Outcomes, score: RaceScore): number {
  if (outcomes.kind === 'numbers') {
    if (score !== 'spearman') throw mixed(score);
    const value = spearman(outcomes.truth, outcomes.predicted);
    return Number.isNaN(value) ? 0 : value;
  }
  if (score === 'spearman') throw mixed(score);
  return scoresOf(ofClasses(outcomes))[score];
}

function mixed(score: RaceScore): HarnessError {
  return new HarnessError('INTERNAL', { what: `The outcomes have no ${score}.` });
}

import { bootstrapIntervals } from '../statistics/bootstrap.ts';
import { regressionIntervals } from '../statistics/regression-bootstrap.ts';
import { countInterval } from '../statistics/count-interval.ts';
import type { Interval } from '../statistics/quantile.ts';
import { againstFirst, standings, type ListOutcomes, type Standing } from '../statistics/ties.ts';
import { fixed, percentOfFraction } from '../results/format.ts';
import { bestPooling, rankedName, type PoolingEstimates, type Estimate, type RankedEncoder, type Ranking } from '../estimators/ranked.ts';

/** Encoders best first by an estimator, with intervals and p-values. */

/** One line of a ranking. */
export interface RankLine extends Standing {
  readonly encoder: RankedEncoder;
  /** The best pooling by the estimator. */
  readonly pooling: PoolingEstimates;
  readonly score: Estimate;
  /** 95%. */
  readonly interval: Interval | undefined;
  /** p-value against the first; undefined if the estimator makes no predictions. */
  readonly p: number | undefined;
}

/** Best first; ties by name. */
export function rankLines({ by, encoders }: Ranking): RankLine[] {
  const best = encoders
    .map((encoder) => ({ encoder, ...bestPooling(encoder.poolings, by) }))
    .toSorted((a, b) => b.score.score - a.score.score || (rankedName(a.encoder) < rankedName(b.encoder) ? -1 : 1));
  const outcomes = best.map(({ score }) => score.outcomes);
  const ps: readonly (number | undefined)[] = outcomes.includes(undefined)
    ? best.map(() => undefined)
    : againstFirst(outcomes as ListOutcomes[]);
  const places = standings(ps);
  return best.map((each, at): RankLine => ({
    ...each,
    ...places[at]!,
    interval: each.score.outcomes && intervalOf(each.score.outcomes),
    p: ps[at],
  }));
}

function intervalOf(outcomes: ListOutcomes): Interval {
  if (outcomes.kind === 'counts') return countInterval(outcomes);
  return outcomes.kind === 'numbers' ? regressionIntervals(outcomes).spearman : bootstrapIntervals(outcomes).accuracy;
}

export const ESTIMATOR_TITLES: ReadonlyMap<string, string> = new Map([
  ['knn', 'k-NN'],
  ['consistency', 'k-NN consistency'],
  ['linear-probe', 'Linear probe'],
  ['centroid', 'Nearest centroid'],
  ['hscore', 'H-score'],
  ['logme', 'LogME'],
  ['silhouette', 'Silhouette'],
  ['leep', 'LEEP'],
  ['ridge', 'Ridge regression'],
  ['cosine', 'Cosine'],
]);

export function estimatorTitle(name: string): string {
  return ESTIMATOR_TITLES.get(name) ?? name;
}

/** A percentage if texts are classified, a correlation if numbers are predicted, else the estimator's own unit. */
export function scoreText({ estimator, score, outcomes }: Estimate): string {
  if ((outcomes !== undefined && outcomes.kind !== 'numbers') || estimator === 'consistency') return percentOfFraction(score);
  return fixed(score, 4).replace('-', '−');
}

/** An end of an interval, formatted like the score. */
export function boundText({ outcomes }: Estimate, value: number): string {
  return outcomes?.kind === 'numbers' ? fixed(value, 4).replace('-', '−') : percentOfFraction(value);
}

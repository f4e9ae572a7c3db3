import type { Dataset } from '../datasets/dataset.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { PoolingEstimates, Estimate, RankedEncoder } from '../estimators/ranked.ts';
import type { EstimateRow } from '../results/estimates.ts';
import { percentOfFraction, significant } from '../results/format.ts';
import { bootstrapIntervals } from '../statistics/bootstrap.ts';
import type { RankSettings } from './settings.ts';
import { identityOf, rowOf } from './rows.ts';

/** Digits that mean something in scores without a unit, and are the same on every processor. */
const DIGITS = 6;

export interface EstimateRowsParams {
  readonly encoder: Encoder;
  readonly dataset: Dataset;
  readonly settings: RankSettings;
  readonly ranked: RankedEncoder;
}

/** Rows of estimates.csv: every estimator at every place, then the layers, which a sample has. A score that is no number is none. */
export function estimateRows({ encoder, dataset, settings, ranked }: EstimateRowsParams): EstimateRow[] {
  const row = (place: PoolingEstimates, estimate: Estimate, onSample: boolean): EstimateRow => {
    const { estimator, score, outcomes } = estimate;
    const about = rowOf({
      encoder: encoder.name,
      identity: identityOf(encoder),
      dataset,
      vector: { pooling: place.pooling as 'mean', layers: place.layers, dim: place.dim },
      metric: 'euclidean',
      score: { protocol: 'leave-one-out', split: 'all', k: settings.k, votes: 'uniform', index: 'exact' },
    });
    const interval = outcomes && bootstrapIntervals(outcomes).accuracy;
    const share = outcomes !== undefined || estimator === 'consistency';
    const byNeighbours = estimator === 'knn' || estimator === 'consistency';
    const sampled = onSample && dataset.texts.length > settings.curveTexts;
    return {
      ...about,
      estimator,
      k: byNeighbours ? about.k : '',
      n: String(outcomes?.truth.length ?? (sampled ? settings.curveTexts : dataset.texts.length)),
      score: share ? percentOfFraction(score) : significant(score, DIGITS),
      low: interval === undefined ? '' : percentOfFraction(interval.low),
      high: interval === undefined ? '' : percentOfFraction(interval.high),
      sample: sampled
        ? [dataset.sample, `layers on ${settings.curveTexts}, seed ${settings.seed}`].filter((part) => part !== '').join('; ')
        : dataset.sample,
      // Of the folds.
      seed: estimator === 'linear-probe' || estimator === 'leep' ? String(settings.seed) : '',
      source_field: estimator === 'leep' ? (settings.sourceField ?? '') : '',
    };
  };
  const rows = (places: readonly PoolingEstimates[], onSample: boolean): EstimateRow[] =>
    places.flatMap((place) =>
      place.estimates.filter(({ score }) => Number.isFinite(score)).map((estimate) => row(place, estimate, onSample)),
    );
  return [...rows(ranked.poolings, false), ...rows(ranked.curve, true)];
}

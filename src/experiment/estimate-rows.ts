import type { Dataset } from '../datasets/dataset.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { PoolingEstimates, Estimate, RankedEncoder } from '../estimators/ranked.ts';
import type { EstimateRow } from '../results/estimates.ts';
import { fixed, percentOfFraction, significant } from '../results/format.ts';
import { bootstrapIntervals } from '../statistics/bootstrap.ts';
import { countInterval } from '../statistics/count-interval.ts';
import type { ListOutcomes } from '../statistics/ties.ts';
import type { Interval } from '../statistics/quantile.ts';
import { regressionIntervals } from '../statistics/regression-bootstrap.ts';
import { FITTED_TO_VECTORS, type EstimatorName } from '../estimators/estimators.ts';
import type { RankSettings } from './settings.ts';
import { identityOf, pairColumn, rowOf } from './rows.ts';

/** Significant digits of scores without a unit that are the same on every processor. */
const DIGITS = 6;

export interface EstimateRowsParams {
  readonly encoder: Encoder;
  readonly dataset: Dataset;
  readonly settings: RankSettings;
  readonly ranked: RankedEncoder;
}

/** Interval of accuracy, Spearman's correlation, or F1 over sentences. */
function intervalOf(outcomes: ListOutcomes): Interval {
  if (outcomes.kind === 'counts') return countInterval(outcomes);
  return outcomes.kind === 'numbers' ? regressionIntervals(outcomes).spearman : bootstrapIntervals(outcomes).accuracy;
}

function correlationText(value: number): string {
  return fixed(value, 4);
}

function plainText(value: number): string {
  return significant(value, DIGITS);
}

/** Features of a text pair that an estimator uses. */
function pairWords(dataset: Dataset, estimator: EstimatorName): string {
  if (dataset.seconds === undefined) return '';
  if (estimator === 'cosine') return 'separate cosine';
  return pairColumn(dataset, FITTED_TO_VECTORS.includes(estimator) ? 'fitted' : 'neighbours');
}

/**
 * Rows of estimates.csv: every estimator with every pooling, then the layers, which were compared on a sample. A score that is not a finite
 * number is left empty.
 */
export function estimateRows({ encoder, dataset, settings, ranked }: EstimateRowsParams): EstimateRow[] {
  const row = (place: PoolingEstimates, estimate: Estimate, onSample: boolean): EstimateRow => {
    const { estimator, score, outcomes } = estimate;
    const about = rowOf({
      encoder: encoder.name,
      identity: identityOf(encoder),
      dataset,
      vector: { pooling: place.pooling as 'mean', layers: place.layers, dim: place.dim, wordPooling: place.wordPooling },
      metric: 'euclidean',
      score: {
        protocol: dataset.task === 'token-classification' ? 'leave-one-sentence-out' : 'leave-one-out',
        split: 'all',
        k: settings.k,
        votes: 'uniform',
        index: 'exact',
      },
    });
    const interval = outcomes && intervalOf(outcomes);
    const text =
      outcomes?.kind === 'numbers'
        ? correlationText
        : outcomes !== undefined || estimator === 'consistency'
          ? percentOfFraction
          : plainText;
    const byNeighbours = estimator === 'knn' || estimator === 'consistency';
    const sampled = onSample && dataset.texts.length > settings.curveTexts;
    return {
      ...about,
      estimator,
      k: byNeighbours ? about.k : '',
      n: String(outcomes?.truth.length ?? (sampled ? settings.curveTexts : dataset.texts.length)),
      score: text(score),
      low: interval === undefined ? '' : text(interval.low),
      high: interval === undefined ? '' : text(interval.high),
      pair: place.pair ?? pairWords(dataset, estimator as EstimatorName),
      sample: sampled
        ? [dataset.sample, `layers on ${settings.curveTexts}, seed ${settings.seed}`].filter((part) => part !== '').join('; ')
        : dataset.sample,
      // Seed of the folds.
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

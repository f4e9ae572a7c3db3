import { eachResample } from '../statistics/each-resample.ts';
import { ones } from '../statistics/mcnemar-against.ts';
import { ofClasses, scoresOf, type ClassOutcomes } from '../statistics/outcomes.ts';
import { resampledScore } from '../statistics/resampled-score.ts';
import { correctOf } from '../statistics/ties.ts';
import type { RaceOutcomes, RaceScore } from './score-of.ts';

/** Enough to estimate a standard deviation within 3%. */
const RESAMPLES = 1000;
/** Added to the number of texts on which two scores differ: on a small dev set that may be zero by chance. */
const PSEUDO_TEXTS = 1;

/**
 * Covariance [m, m], row-major, of m scores of the same n texts under resampling of the texts: that of the paired bootstrap. For a share of
 * texts the limit of the bootstrap is known: the covariance of the texts' contributions, over n; for other scores 1000 resamples are drawn.
 * One more differing text is added per pair, so that two candidates that agree on a small dev set are not taken for equal.
 */
export function textCovariance(all: readonly RaceOutcomes[], score: RaceScore): Float64Array {
  const isShare = score === 'accuracy' || (score === 'microF1' && all.every(({ kind }) => kind === 'single'));
  const covariance = isShare ? ofShares(all as readonly ClassOutcomes[]) : ofResamples(all, score);
  const n = all[0]?.truth.length ?? 0;
  for (let i = 0; i < all.length; i++) covariance[i * all.length + i]! += PSEUDO_TEXTS / (2 * n * n);
  return covariance;
}

function ofShares(all: readonly ClassOutcomes[]): Float64Array {
  const n = all[0]?.truth.length ?? 0;
  const classes = all.map(ofClasses);
  const right = classes.map(correctOf);
  const means = classes.map((outcomes) => scoresOf(outcomes).accuracy);
  return symmetric(all.length, (i, j) => {
    const [a, b] = [right[i]!, right[j]!];
    let both = 0;
    for (let word = 0; word < a.length; word++) both += ones(a[word]! & b[word]!);
    return (both / n - means[i]! * means[j]!) / n;
  });
}

function ofResamples(all: readonly RaceOutcomes[], score: RaceScore): Float64Array {
  const drawn = all.map((outcomes) => resampled(outcomes, score));
  return symmetric(all.length, (i, j) => {
    const [a, b] = [drawn[i]!, drawn[j]!];
    let sum = 0;
    for (let at = 0; at < RESAMPLES; at++) sum += a[at]! * b[at]!;
    return sum / (RESAMPLES - 1);
  });
}

/** Cached, as the same scores are needed after every round. */
const known = new WeakMap<RaceOutcomes, Map<RaceScore, Float64Array>>();

/** [resamples] scores minus their mean. A seed draws the same texts whatever was predicted, so that scores of the same texts are paired. */
function resampled(outcomes: RaceOutcomes, score: RaceScore): Float64Array {
  const own = known.get(outcomes) ?? new Map<RaceScore, Float64Array>();
  known.set(outcomes, own);
  const found = own.get(score);
  if (found !== undefined) return found;
  const {
    kinds,
    ofResample: [scoreOfResample],
  } = resampledScore([outcomes], score);
  const values = new Float64Array(RESAMPLES);
  eachResample({ kinds, resamples: RESAMPLES, seed: 1 }, (counts, at) => {
    const value = scoreOfResample!(counts, kinds.of.length);
    // A resample without a correlation counts as 0, as in `scoreOf`.
    values[at] = Number.isNaN(value) ? 0 : value;
  });
  const mean = values.reduce((sum, each) => sum + each, 0) / RESAMPLES;
  const centred = values.map((value) => value - mean);
  own.set(score, centred);
  return centred;
}

function symmetric(m: number, of: (i: number, j: number) => number): Float64Array {
  const matrix = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j <= i; j++) matrix[i * m + j] = matrix[j * m + i] = of(i, j);
  return matrix;
}

import { eachResample } from '../statistics/each-resample.ts';
import { ones } from '../statistics/mcnemar-against.ts';
import { ofClasses, scoresOf, type ClassOutcomes } from '../statistics/outcomes.ts';
import { resampledScore } from '../statistics/resampled-score.ts';
import { correctOf } from '../statistics/ties.ts';
import type { RaceOutcomes, RaceScore } from './score-of.ts';

/** Enough for a standard deviation to 3 %. */
const RESAMPLES = 1000;
/** Texts that two scores have differently, and that are added to those that were found: of few texts none may be, by chance. */
const PSEUDO_TEXTS = 1;

/**
 * Covariance [m, m], row-major, of m scores of the same n texts over other draws of these texts: that of the paired bootstrap. Of a share
 * of texts the bootstrap's limit is known, the covariance of what the texts add to it, over n; of other scores 1000 resamples are drawn.
 * One more text that a pair has differently is added to each, so that a pair that agrees on a small dev set is not taken for equal.
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

/** Scores are asked for again after every round. */
const known = new WeakMap<RaceOutcomes, Map<RaceScore, Float64Array>>();

/**
 * [resamples] scores less their mean. A seed draws the same texts whatever they were given, so that scores of the same texts are paired.
 */
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
    // A resample that has no correlation: as for the texts themselves.
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

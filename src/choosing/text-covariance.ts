import { eachResample } from '../statistics/each-resample.ts';
import { kindsOf } from '../statistics/kinds.ts';
import { isCorrect, type Outcomes } from '../statistics/outcomes.ts';
import { Tally, type Tallied } from '../statistics/tally.ts';

/** Enough for a standard deviation to 3 %. */
const RESAMPLES = 1000;
/** Texts that two scores have differently, and that are added to those that were found: of few texts none may be, by chance. */
const PSEUDO_TEXTS = 1;

/**
 * Covariance [m, m], row-major, of m scores of the same n texts over other draws of these texts: that of the paired bootstrap. Of a share
 * of texts the bootstrap's limit is known, the covariance of what the texts add to it, over n; of other scores 1000 resamples are drawn.
 * One more text that a pair has differently is added to each, so that a pair that agrees on a small dev set is not taken for equal.
 */
export function textCovariance(all: readonly Outcomes[], score: Tallied): Float64Array {
  const isShare = score === 'accuracy' || (score === 'microF1' && all.every(({ kind }) => kind === 'single'));
  const covariance = isShare ? ofShares(all) : ofResamples(all, score);
  const n = all[0]?.truth.length ?? 0;
  for (let i = 0; i < all.length; i++) covariance[i * all.length + i]! += PSEUDO_TEXTS / (2 * n * n);
  return covariance;
}

function ofShares(all: readonly Outcomes[]): Float64Array {
  const n = all[0]?.truth.length ?? 0;
  const right = all.map((outcomes) => Uint8Array.from({ length: n }, (_, text) => Number(isCorrect(outcomes, text))));
  const means = right.map((column) => column.reduce((sum, each) => sum + each, 0) / n);
  return symmetric(all.length, (i, j) => {
    const [a, b] = [right[i]!, right[j]!];
    let both = 0;
    for (let text = 0; text < n; text++) both += a[text]! & b[text]!;
    return (both / n - means[i]! * means[j]!) / n;
  });
}

function ofResamples(all: readonly Outcomes[], score: Tallied): Float64Array {
  const first = all[0];
  if (first === undefined) return new Float64Array(0);
  const kinds = kindsOf([first.truth, ...all.map(({ predicted }) => predicted)]);
  const tallies = all.map((outcomes) => new Tally({ outcomes, examples: kinds.examples }));
  const drawn = all.map(() => new Float64Array(RESAMPLES));
  const into = { accuracy: 0, microF1: 0, macroF1: 0 };
  eachResample({ kinds, resamples: RESAMPLES, seed: 1 }, (counts, at) => {
    for (const [i, tally] of tallies.entries()) {
      tally.score(counts, kinds.of.length, into);
      drawn[i]![at] = into[score];
    }
  });
  const means = drawn.map((column) => column.reduce((sum, each) => sum + each, 0) / RESAMPLES);
  return symmetric(all.length, (i, j) => {
    let sum = 0;
    for (let at = 0; at < RESAMPLES; at++) sum += (drawn[i]![at]! - means[i]!) * (drawn[j]![at]! - means[j]!);
    return sum / (RESAMPLES - 1);
  });
}

function symmetric(m: number, of: (i: number, j: number) => number): Float64Array {
  const matrix = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j <= i; j++) matrix[i * m + j] = matrix[j * m + i] = of(i, j);
  return matrix;
}

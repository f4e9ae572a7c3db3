import { holm } from '../statistics/holm.ts';
import { twoSided } from '../statistics/normal.ts';
import { scoreOf, type RaceScore } from './score-of.ts';
import { SPREAD, type Spread } from './constants.ts';
import { seedVariance } from './seed-spread.ts';
import { textCovariance } from './text-covariance.ts';
import type { Observation } from './types.ts';

export interface WorseParams {
  /** Training runs of two candidates or more on samples of one size, each with the same seeds. */
  readonly observations: readonly Observation[];
  readonly full: number;
  readonly score: RaceScore;
  readonly spread?: Spread | undefined;
}

export interface Worse {
  /** Candidate with the highest score; of equal ones the first. */
  readonly best: string;
  /** p-value of each candidate being as good as the best once both are trained on the full training set; 1 for the best. */
  readonly ps: ReadonlyMap<string, number>;
}

/**
 * Paired two-sided tests of candidates against the best of a round: normal tests on the difference of mean scores over seeds, whose
 * variance adds up that of the paired bootstrap over texts, that of seeds, and that of growing the training set. Holm-corrected for all
 * pairs, since the best is selected on the same texts, and dropped candidates are not looked at again.
 */
export function worseThanBest({ observations, full, score, spread = SPREAD }: WorseParams): Worse {
  const names = [...new Set(observations.map(({ candidate }) => candidate))];
  const seen = observations.map(({ candidate, size, outcomes }) => ({ candidate, size, score: scoreOf(outcomes, score) }));
  const m = seen.length;
  const texts = textCovariance(
    observations.map(({ outcomes }) => outcomes),
    score,
  );
  const own = names.map((name) => seen.flatMap(({ candidate }, at) => (candidate === name ? [at] : [])));
  const means = own.map((places) => places.reduce((sum, at) => sum + seen[at]!.score, 0) / places.length);
  const order = [...names.keys()].toSorted((a, b) => means[b]! - means[a]! || a - b);
  const seed = seedVariance(seen, spread);
  const growth = 2 * spread.growth ** 2 * Math.log(full / observations[0]!.size);
  const covariance = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, i) => sum + b.reduce((of, j) => of + texts[i * m + j]!, 0), 0) / (a.length * b.length);
  const p = (a: number, b: number): number => {
    const [first, second] = [own[a]!, own[b]!];
    const ofTexts = covariance(first, first) + covariance(second, second) - 2 * covariance(first, second);
    const variance = Math.max(0, ofTexts) + seed / first.length + seed / second.length + growth;
    return twoSided((means[a]! - means[b]!) / Math.sqrt(variance));
  };
  const pairs = order.flatMap((a, i) => order.slice(i + 1).map((b) => p(a, b)));
  const adjusted = holm(pairs).slice(0, names.length - 1);
  return { best: names[order[0]!]!, ps: new Map(order.map((at, i) => [names[at]!, i === 0 ? 1 : adjusted[i - 1]!])) };
}

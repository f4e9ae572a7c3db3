import { cholesky, solveLower } from '../numeric/cholesky.ts';
import { SPREAD, type Spread } from './constants.ts';
import { scoreOf, type RaceScore } from './score-of.ts';
import { seedVariance } from './seed-spread.ts';
import { textCovariance } from './text-covariance.ts';
import type { Candidate, Observation } from './types.ts';

export interface ExpectationParams {
  readonly candidates: readonly Pick<Candidate, 'name' | 'frozen'>[];
  readonly observations: readonly Observation[];
  /** Number of training texts. */
  readonly full: number;
  readonly score: RaceScore;
  readonly spread?: Spread | undefined;
}

/** Distribution of the candidates' expected scores on the full training set, up to a common offset: a normal component of a mixture. */
export interface Component {
  /** Sums to 1 over all components. */
  readonly weight: number;
  /** [candidates] */
  readonly mean: Float64Array;
  /** [candidates, candidates], row-major. */
  readonly covariance: Float64Array;
}

/** Prior variance of what is unknown: how well the task can be learnt, and what fewer texts cost. */
const UNKNOWN = 1;

/**
 * A linear Gaussian model of scores on dev. Candidate c, trained on all n texts of train, has the expected score
 *
 *     θ_c = μ + β x_c + δ_c,      δ_c ~ N(0, τ²)
 *
 * with x_c its standardised frozen score; a training run on s texts with one seed scores
 *
 *     y = θ_c + α_s + γ_cs + ε_seed + ε_texts
 *
 * where α_s is what fewer texts cost all candidates, γ_cs what they cost this one more (a Brownian motion in ln n - ln s, shared between
 * sizes where they overlap), and ε_texts has the covariance of a paired bootstrap over the texts of dev. μ and α_s are unknown (variance
 * 1); β, the variances of γ and of seeds are `Spread`'s; τ takes one of a few values, weighted by the likelihood of the observations. For
 * each τ the distribution of all θ given all y is normal (Rasmussen and Williams 2006, 2.2); the result is their mixture.
 */
export function expectations({ candidates, observations, full, score, spread = SPREAD }: ExpectationParams): Component[] {
  const x = standardised(candidates.map(({ frozen }) => frozen));
  const place = new Map(candidates.map(({ name }, at) => [name, at]));
  const seen = observations.map(({ candidate, size, outcomes }) => ({
    candidate,
    at: place.get(candidate)!,
    size,
    score: scoreOf(outcomes, score),
  }));
  const noise = noiseOf(seen, { observations, full, score, spread });
  const [n, m] = [candidates.length, seen.length];
  const found = spread.residuals.map((residual) => {
    const prior = (i: number, j: number): number => UNKNOWN + spread.slopeSd ** 2 * x[i]! * x[j]! + (i === j ? residual ** 2 : 0);
    const of = noise.slice();
    for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) of[i * m + j]! += prior(seen[i]!.at, seen[j]!.at);
    const l = cholesky(of, m);
    // Columns: θ of each candidate against y, then the residuals (observed minus expected).
    const k = n + 1;
    const columns = new Float64Array(m * k);
    for (let i = 0; i < m; i++) {
      for (let c = 0; c < n; c++) columns[i * k + c] = prior(seen[i]!.at, c);
      columns[i * k + n] = seen[i]!.score - spread.slope * x[seen[i]!.at]!;
    }
    solveLower({ l, d: m, columns, k });
    const product = (a: number, b: number): number => {
      let sum = 0;
      for (let i = 0; i < m; i++) sum += columns[i * k + a]! * columns[i * k + b]!;
      return sum;
    };
    let likelihood = -product(n, n) / 2;
    for (let i = 0; i < m; i++) likelihood -= Math.log(l[i * m + i]!);
    const mean = Float64Array.from({ length: n }, (_, c) => spread.slope * x[c]! + product(c, n));
    const covariance = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      return prior(i, j) - product(i, j);
    });
    return { likelihood, mean, covariance };
  });
  const most = Math.max(...found.map(({ likelihood }) => likelihood));
  const weights = found.map(({ likelihood }) => Math.exp(likelihood - most));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return found.map(({ mean, covariance }, at) => ({ weight: weights[at]! / sum, mean, covariance }));
}

/** Mean expected score of each candidate, up to a common offset. */
export function meansOf(components: readonly Component[]): number[] {
  return [...components[0]!.mean].map((_, c) => components.reduce((sum, { weight, mean }) => sum + weight * mean[c]!, 0));
}

interface Seen {
  readonly candidate: string;
  readonly size: number;
  readonly score: number;
}

/** Covariance [m, m] of the deviations of scores from their candidates' expected scores. */
function noiseOf(
  seen: readonly Seen[],
  { observations, full, score, spread }: Pick<ExpectationParams, 'observations' | 'full' | 'score'> & { readonly spread: Spread },
): Float64Array {
  const m = seen.length;
  const noise = textCovariance(
    observations.map(({ outcomes }) => outcomes),
    score,
  );
  const seed = seedVariance(seen, spread);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      const [a, b] = [seen[i]!, seen[j]!];
      if (a.size === b.size) noise[i * m + j]! += UNKNOWN;
      if (a.candidate === b.candidate) noise[i * m + j]! += spread.growth ** 2 * Math.log(full / Math.max(a.size, b.size));
    }
    noise[i * m + i]! += seed;
  }
  return noise;
}

/** Standardised (mean 0, standard deviation 1), as estimators differ in unit; 0 if unknown. */
function standardised(values: readonly (number | undefined)[]): number[] {
  const known = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  const mean = known.reduce((sum, value) => sum + value, 0) / (known.length || 1);
  const sd = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, known.length - 1));
  return values.map((value) => (value === undefined || !Number.isFinite(value) || sd === 0 ? 0 : (value - mean) / sd));
}

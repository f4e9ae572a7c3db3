import type { Candidate, Train } from '../../src/choosing/types.ts';
import { randomNormals } from '../../src/numeric/normals.ts';
import { criticalValue } from '../../src/statistics/normal.ts';
import type { Outcomes } from '../../src/statistics/outcomes.ts';

/** Parameters of a synthetic task; scores as fractions. */
export interface WorldParams {
  readonly seed: number;
  readonly candidates: number;
  /** Texts of train, and of dev. */
  readonly full: number;
  readonly dev: number;
  /** Mean of the candidates' true scores. */
  readonly level: number;
  /** Standard deviation of true scores that frozen scores predict, and of the residual. */
  readonly foretold: number;
  readonly residual: number;
  /** Standard deviation of true scores over seeds, and of leads per e-fold growth of train. */
  readonly seeds: number;
  readonly growth: number;
}

export interface World {
  readonly candidates: readonly Candidate[];
  /** Expected score of each candidate over all possible texts and seeds, trained on the full training set. */
  readonly truth: readonly number[];
  /** A training on all of train costs 1. */
  readonly train: Train;
}

/**
 * Variance fractions of a text's difficulty: for all, and for one candidate in all its trainings. The rest is specific to each training.
 */
const SHARED = 0.6;
const OWN = 0.25;
/** Gain of all candidates per e-fold growth of train. */
const LEARNT = 0.04;

/**
 * A task whose true scores are known. A text is classified correctly if a normal number is below a threshold, which is determined by the
 * training's true score: the number has components shared by all candidates, by all trainings of one, and of one training only.
 */
export function world({ seed, candidates: count, full, dev, level, foretold, residual, seeds, growth }: WorldParams): World {
  const normal = randomNormals(seed);
  const many = (length: number): number[] => Array.from({ length }, normal);
  const frozen = many(count);
  const truth = frozen.map((x) => Math.min(0.995, Math.max(0.05, level + foretold * x + residual * normal())));
  const shared = many(dev);
  const own = truth.map(() => many(dev));
  const leads = truth.map(() => brownian(full, normal));
  return {
    candidates: frozen.map((x, at) => ({ name: `c${at}`, frozen: x })),
    truth,
    train: async ({ candidate, size }) => {
      const at = Number(candidate.slice(1));
      const learnt = truth[at]! - LEARNT * Math.log(full / size) + growth * leads[at]![size]! + seeds * normal();
      const score = Math.min(0.999, Math.max(0.001, learnt));
      const threshold = Math.sign(score - 0.5) * criticalValue(Math.max(1e-9, Math.abs(2 * score - 1)));
      const predicted = Int32Array.from({ length: dev }, (_, text) => {
        const hard = Math.sqrt(SHARED) * shared[text]! + Math.sqrt(OWN) * own[at]![text]! + Math.sqrt(1 - SHARED - OWN) * normal();
        return Number(hard >= threshold);
      });
      const outcomes: Outcomes = { kind: 'single', truth: new Int32Array(dev), predicted, classes: 2 };
      return { kind: 'trained', outcomes, cost: size / full, measured: size / full };
    },
  };
}

/** [full + 1] Brownian motion in ln full - ln size: 0 at the full training set. */
function brownian(full: number, normal: () => number): Float64Array {
  const path = new Float64Array(full + 1);
  for (let size = full - 1; size >= 1; size--) path[size] = path[size + 1]! + Math.sqrt(Math.log((size + 1) / size)) * normal();
  return path;
}
